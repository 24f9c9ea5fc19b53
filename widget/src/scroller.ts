import { html, nothing, render, type TemplateResult } from "lit-html";
import type { Conversation } from "./conversation.js";
import type { Row } from "./log.js";
import { rowView, type RowContext } from "./rows.js";
import type { Words } from "./words.js";

const EDGE = 80; // pixels from the end that still count as reading along
const PAGE = 100; // rows drawn at first, and more with each wish

/** What the scrolling part of the panel shows and does. */
export interface Scroll {
  words: Words;
  server: string;
  conversation: Conversation;
  greeting: string;
  starters: string[];
  send: (text: string) => void;
  edit: (row: Row) => void;
  file: RowContext["file"];
  /** The person has taken a choice. */
  answered: () => void;
}

/** The part of the panel that scrolls: greeting, conversation, examples, "is writing". It stays at the end for those who read along. */
export class Scroller {
  follows = true;
  #shown = PAGE;
  #hasMore = false;
  readonly #whole = new Set<string>(); // rows whose long text is shown to its end
  readonly #places = new Map<string, HTMLElement>();
  #part: HTMLElement | null = null;
  #conversation: Conversation | null = null;

  constructor(private readonly changed: () => void) {}

  /** Go to the end and stay there. */
  follow(): void {
    this.follows = true;
    this.changed();
  }

  draw(part: HTMLElement, on: Scroll): void {
    if (part !== this.#part) part.addEventListener("scroll", () => this.#scrolled());
    this.#part = part;
    this.#conversation = on.conversation;
    const top = part.querySelector(".place");
    const before = top?.getBoundingClientRect().bottom;
    const { rows } = on.conversation.log;
    const first = Math.max(0, rows.length - this.#shown);
    this.#hasMore = first > 0 || on.conversation.hasEarlier;
    render(this.#frame(on), part);
    this.#drawRows(part.querySelector("#log")!, rows, first, on);
    // What is looked at stays where it is, whatever came in above it.
    if (top?.isConnected) part.scrollTop += top.getBoundingClientRect().bottom - before!;
    this.#keepEnd();
    if (on.conversation.quiet) setTimeout(() => this.#readAgain(on.conversation), 150);
  }

  #frame({ words: { say }, conversation, greeting, starters, send }: Scroll): TemplateResult {
    return html`<p class="greeting" dir="auto">${greeting}</p>
      ${this.#hasMore
        ? html`<button type="button" class="link" @click=${this.#earlier}>${say(conversation.paging === "failed" ? "retry" : "earlier")}</button>`
        : nothing}
      <div id="log" role="log" aria-live=${conversation.quiet ? "off" : "polite"} aria-label=${say("conversation")}></div>
      <div class="choices" role="group" aria-label=${say("examples")} ?hidden=${conversation.log.hasQuestion || !starters.length}>
        ${starters.map((text) => html`<button type="button" dir="auto" class="choice" @click=${() => send(text)}>${text}</button>`)}
      </div>
      <p class="typing" ?hidden=${!conversation.typing}><span class="sr-only">${say("writing")}</span><i></i><i></i><i></i></p>`;
  }

  /** Give each row a place of its own that is never moved: a screen reader would read it out again. */
  #drawRows(log: HTMLElement, rows: readonly Row[], first: number, on: Scroll): void {
    const gone = new Set(this.#places.keys());
    let before: Element | null = null;
    rows.forEach((row, index) => {
      if (index < first) return;
      gone.delete(row.key);
      const place = this.#places.get(row.key) ?? Object.assign(document.createElement("div"), { className: "place" });
      this.#places.set(row.key, place);
      render([dayLine(rows[index - 1], row, on.words), rowView(row, this.#context(row, on))], place);
      const next: Element | null = before ? before.nextElementSibling : log.firstElementChild;
      if (next !== place) log.insertBefore(place, next);
      before = place;
    });
    for (const key of gone) {
      this.#places.get(key)!.remove();
      this.#places.delete(key);
    }
  }

  #context(row: Row, on: Scroll): RowContext {
    return {
      row,
      words: on.words,
      server: on.server,
      root: this.#part!.getRootNode() as ShadowRoot,
      isOpen: on.conversation.log.isOpen(row),
      isWhole: this.#whole.has(row.key),
      showAll: () => {
        this.#whole.add(row.key);
        this.changed();
      },
      retry: () => {
        on.conversation.retry();
        on.answered();
      },
      edit: on.edit,
      file: on.file,
      pick: (from, choice) => {
        on.conversation.pick(from, choice);
        on.answered();
      },
      resized: () => this.#keepEnd(),
      redraw: this.changed,
    };
  }

  /** What is old has been drawn: from now on, what is new is read out. */
  #readAgain(conversation: Conversation): void {
    conversation.quiet = false;
    this.changed();
  }

  #scrolled(): void {
    const { scrollTop, clientHeight, scrollHeight } = this.#part!;
    const follows = scrollHeight - scrollTop - clientHeight < EDGE;
    // Who comes to the button by keyboard decides: it would move away under their finger.
    const isAsked = this.#part!.querySelector(":scope>:focus-visible");
    if (!follows && scrollTop < EDGE && this.#hasMore && !this.#conversation!.paging && !isAsked) void this.#earlier();
    if (follows === this.follows) return;
    this.follows = follows;
    this.changed();
  }

  readonly #earlier = async (): Promise<void> => {
    const focused = (this.#part!.getRootNode() as ShadowRoot).activeElement;
    this.follows = false;
    this.#shown += PAGE;
    await this.#conversation!.earlier();
    // The button goes with the first page: its focus must not be lost.
    if (focused && !focused.isConnected) this.#part!.focus({ preventScroll: true });
  };

  #keepEnd(): void {
    if (this.follows && this.#part) this.#part.scrollTop = this.#part.scrollHeight;
  }
}

/** Name the day where it changes; today's needs no name while nothing older stands above. */
function dayLine(before: Row | undefined, { event }: Row, words: Words): unknown {
  const day = event.at ? words.day(event.at) : "";
  const last = before?.event.at ? words.day(before.event.at) : words.day(undefined);
  return day && day !== last ? html`<p class="divider">${day}</p>` : nothing;
}
