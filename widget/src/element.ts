import { html, nothing, render, svg, type TemplateResult } from "lit-html";
import type { ChatEvent } from "./api.js";
import { textOn } from "./colour.js";
import { composerView, room } from "./composer.js";
import { Conversation } from "./conversation.js";
import { Fence } from "./fence.js";
import { headView, type Head } from "./head.js";
import { chatIcon, downIcon } from "./icons.js";
import type { Row } from "./log.js";
import type { MenuState } from "./menu.js";
import { Scroller } from "./scroller.js";
import { uuid } from "./outbox.js";
import { storage } from "./storage.js";
import styles from "./styles.css";
import { loadWords, Words } from "./words.js";

const OPEN = "frontdesk.open";
const SOUND = "frontdesk.sound";

type Uploads = import("./upload.js").Uploads;
type Extras = typeof import("./menu.js");
const loadExtras = (): Promise<Extras> => import("./menu.js");

const sheet = new CSSStyleSheet();
sheet.replaceSync(styles);

/** The names that `on` takes; each is also a DOM event, "frontdesk-open" and so on. */
export type FrontdeskEvent = "open" | "close" | "message" | "send" | "mode";

/** `<frontdesk-chat>`: docs/how-to/embed.md tells its attributes, methods, events and CSS properties. */
export class FrontdeskChat extends HTMLElement {
  static readonly observedAttributes = ["heading", "greeting", "picture", "starters", "color"];

  /** How requests are made; a page that needs its own way sets this before it puts the element in. */
  fetch: typeof fetch = (...all) => fetch(...all);

  readonly #root = this.attachShadow({ mode: "open" });
  readonly #tab = storage("sessionStorage");
  readonly #browser = storage("localStorage");
  readonly #fence = new Fence(this);
  readonly #fillsScreen = matchMedia("(max-width: 480px)");
  readonly #scroller = new Scroller(() => this.#changed());
  #words = new Words("en");
  #conversation: Conversation | null = null;
  #life = new AbortController();
  #drawn: Promise<void> | null = null;
  #opener: Element | null = null;
  #isOpen = false;
  #unread = 0;
  #menu: MenuState = "closed";
  #extras: Extras | null = null;
  #uploads: Uploads | null = null;

  // -- what a page may do ---------------------------------------------------------------------------------------------

  /** Open the panel. */
  open(): void {
    this.#opener = document.activeElement;
    this.#show();
    this.#focus("textarea");
  }

  /** Close the panel and give the focus back. */
  close(): void {
    if (this.#isInline || !this.#isOpen) return;
    this.#isOpen = false;
    this.#menu = "closed";
    this.#tab.write(OPEN, false);
    this.#tell("close");
    this.#changed();
    const opener = this.#opener;
    if (opener instanceof HTMLElement && opener.isConnected && opener !== this && opener !== document.body) {
      void this.#drawn!.then(() => opener.focus());
    } else this.#focus("#launcher");
  }

  /** Open the panel with a text in the composer, unsent. */
  write(text: string): void {
    this.open();
    this.#draft(text);
  }

  /** Send a text as the person. */
  send(text: string): void {
    if (!this.#conversation || !text.trim() || room(text) < 0) return;
    this.#conversation.send({ text: text.trim() });
    this.#conversation.start();
    this.#scroller.follow();
    this.#tell("send", { text: text.trim() });
  }

  /** Call a function at each event of a name; return a function that ends it. */
  on(name: FrontdeskEvent, handler: (detail: unknown) => void): () => void {
    const listener = (event: Event): void => handler((event as CustomEvent).detail);
    this.addEventListener(`frontdesk-${name}`, listener);
    return () => this.removeEventListener(`frontdesk-${name}`, listener);
  }

  // -- life -----------------------------------------------------------------------------------------------------------

  connectedCallback(): void {
    this.#root.adoptedStyleSheets = [sheet];
    this.#life = new AbortController();
    const { signal } = this.#life;
    const locale = this.getAttribute("locale") || document.documentElement.lang || navigator.language;
    this.#conversation = new Conversation(
      {
        server: this.#origin === location.origin ? "" : this.#origin,
        locale,
        userToken: () => this.getAttribute("user-token"),
        fetch: (...all) => this.fetch(...all),
        changed: () => this.#changed(),
        said: (event) => this.#said(event),
        moded: (mode) => this.#tell("mode", { mode }),
      },
      signal,
    );
    void loadWords(locale).then((words) => {
      this.#words = words;
      this.#changed();
    });
    // A browser allows six connections to a host over HTTP/1.1: tabs nobody looks at give theirs back.
    document.addEventListener("visibilitychange", () => this.#attend(), { signal });
    this.#fillsScreen.addEventListener("change", () => this.#changed(), { signal });
    if (this.#isInline || this.#tab.read(OPEN)) this.#show();
    this.#attend();
    this.#changed();
  }

  disconnectedCallback(): void {
    this.#life.abort();
    this.#fence.set(false);
  }

  attributeChangedCallback(name: string, _before: string | null, value: string | null): void {
    if (name === "color") {
      const text = textOn(value ?? "");
      this.style.setProperty("--frontdesk-main", text && value);
      this.style.setProperty("--frontdesk-on-main", text);
    }
    this.#changed();
  }

  // -- what is shown --------------------------------------------------------------------------------------------------

  /** Draw once, after everything that changes now has changed. */
  #changed(): void {
    this.#drawn ??= Promise.resolve().then(() => {
      this.#drawn = null;
      if (!this.isConnected || !this.#conversation) return;
      if (this.#isOpen) this.#conversation.see();
      render(this.#view(this.#conversation), this.#root);
      this.#fence.set(this.#isOpen && !this.#isInline && this.#fillsScreen.matches);
      if (this.#conversation.held?.files && !this.#uploads) void this.#takeFiles();
      this.#uploads?.draw();
      this.#scroller.draw(this.#root.querySelector(".scroll")!, this.#log(this.#conversation));
    });
  }

  async #takeFiles(): Promise<void> {
    const loaded = await import("./upload.js").catch(() => null); // the next drawing tries again
    this.#uploads ??=
      loaded &&
      new loaded.Uploads({
        html,
        svg,
        render,
        root: this.#root,
        conversation: () => this.#conversation!,
        locale: () => this.#words.locale,
        newId: uuid,
      });
    if (loaded) this.#changed();
  }

  #view(conversation: Conversation): TemplateResult {
    const { say, direction } = this.#words;
    return html`${this.#isInline ? nothing : this.#launcher()}
      <section class="panel" dir=${direction} role="dialog" aria-labelledby="title" ?hidden=${!this.#isOpen} @keydown=${this.#key}>
        ${headView(this.#head(conversation))}
        <div class="scroll" tabindex="0" role="region" aria-label=${say("messages")}></div>
        <button type="button" class="round latest" aria-label=${say("latest")} ?hidden=${this.#scroller.follows} @click=${this.#toLatest}>${downIcon}</button>
        ${composerView(this.#composer?.value ?? "", this.#words, () => this.#changed(), this.#submit)}
      </section>`;
  }

  #launcher(): TemplateResult {
    const name = this.#unread ? this.#words.say("launcherNew", this.#unread) : this.#words.say("launcher");
    return html`<button
      type="button"
      id="launcher"
      aria-label=${name}
      aria-expanded=${this.#isOpen}
      ?hidden=${this.#isOpen}
      @click=${() => this.open()}
    >${chatIcon}<span class="unread" ?hidden=${!this.#unread}>${this.#unread}</span></button><span class="sr-only" role="status">${this.#unread ? name : nothing}</span>`;
  }

  #head(conversation: Conversation): Head {
    return {
      words: this.#words,
      title: this.getAttribute("heading") || this.#words.say("title"),
      picture: this.getAttribute("picture"),
      conversation,
      menu: this.#menuView(conversation),
      toggleMenu: () => void this.#setMenu(this.#menu === "closed" ? "open" : "closed"),
      restart: () => this.#restart(),
      close: this.#isInline ? null : () => this.close(),
    };
  }

  #menuView(conversation: Conversation): TemplateResult | null {
    if (this.#menu === "closed" || !this.#extras) return null;
    return this.#extras.menuView({
      html,
      root: this.#root,
      words: this.#words,
      conversation,
      state: this.#menu,
      hasSound: this.#hasSound,
      set: (state) => void this.#setMenu(state),
      toggleSound: () => {
        this.#browser.write(SOUND, !this.#hasSound);
        this.#chime();
        this.#changed();
      },
      restart: () => this.#restart(),
    });
  }

  #log(conversation: Conversation): Parameters<Scroller["draw"]>[1] {
    return {
      words: this.#words,
      server: this.#origin,
      conversation,
      greeting: this.getAttribute("greeting") ?? this.#words.say("greeting"),
      starters: (this.getAttribute("starters") ?? "").split("|").filter((text) => text.trim()),
      send: (text) => {
        this.send(text);
        this.#answered();
      },
      edit: (row) => this.#edit(row),
      file: (event) => this.#uploads?.view(event),
      answered: () => this.#answered(),
    };
  }

  // -- what happens ---------------------------------------------------------------------------------------------------

  get #origin(): string {
    return new URL(this.getAttribute("server") ?? "", location.href).origin;
  }

  get #isInline(): boolean {
    return this.hasAttribute("inline");
  }

  get #hasSound(): boolean {
    return this.#browser.read(SOUND) === true;
  }

  get #composer(): HTMLTextAreaElement | null {
    return this.#root.querySelector("textarea");
  }

  #show(): void {
    this.#isOpen = true;
    this.#unread = 0;
    this.#scroller.follow();
    if (!this.#isInline) this.#tab.write(OPEN, true);
    this.#tell("open");
    this.#attend();
    this.#changed();
  }

  #attend(): void {
    if (document.visibilityState === "hidden") this.#conversation?.stop();
    else if (this.#isOpen || this.#conversation?.held) this.#conversation?.start();
  }

  #said({ type, text = "", card, kind }: ChatEvent): void {
    // A card belongs to the words before it, which were told; a word on waiting is none to come back for.
    if ((card && !text) || kind === "slow") return;
    if (!this.#isOpen) this.#unread += 1;
    this.#chime();
    this.#tell("message", { type, text });
  }

  #chime(): void {
    if (this.#hasSound) void loadExtras().then(({ chime }) => chime());
  }

  #restart(): void {
    this.#conversation!.startOver();
    this.#menu = "closed";
    this.#answered();
  }

  readonly #submit = (): void => {
    const text = this.#composer!.value;
    if (room(text) >= 0) {
      this.send(text);
      if (text.trim()) this.#draft("");
    }
    this.#focus("textarea");
  };

  /** The person has answered: what comes next is what they look for. */
  #answered(): void {
    this.#scroller.follow();
    this.#focus("textarea");
  }

  #edit(row: Row): void {
    this.#conversation!.log.takeBack(row.key);
    this.#draft(row.event.text ?? "");
    this.#focus("textarea");
  }

  #draft(text: string): void {
    this.#changed();
    void this.#drawn!.then(() => {
      this.#composer!.value = text;
      this.#changed();
    });
  }

  readonly #toLatest = (): void => this.#answered();

  async #setMenu(state: MenuState): Promise<void> {
    this.#extras ??= await loadExtras();
    this.#menu = state;
    this.#focus(state === "closed" ? "#menu-button" : "#menu button");
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    if (this.#menu === "closed") this.close();
    else void this.#setMenu("closed");
  };

  /** Give the focus to a part, once it is drawn. */
  #focus(part: string): void {
    this.#changed();
    void this.#drawn!.then(() => this.#root.querySelector<HTMLElement>(part)?.focus({ preventScroll: true }));
  }

  #tell(name: FrontdeskEvent, detail: unknown = null): void {
    this.dispatchEvent(new CustomEvent(`frontdesk-${name}`, { detail }));
  }
}

customElements.define("frontdesk-chat", FrontdeskChat);
