import type { html as Html, render as Render, svg as Svg, TemplateResult } from "lit-html";
import type { ChatEvent, FileOffer } from "./api.js";
import type { Conversation } from "./conversation.js";
import { save } from "./save.js";
import styles from "./upload.css";
import { fault, megabytes, sender } from "./upload-rules.js";
import { uploadSay, type UploadWords } from "./upload-words.js";

const sheet = new CSSStyleSheet();
sheet.replaceSync(styles);

/** Half a letter, as some systems allow in names: encodeURIComponent would throw. */
const LONE = /\p{Surrogate}/gu;

/** What this file needs from the widget around it; it is loaded where the deployment takes files. */
export interface UploadHost {
  /** The widget's own: importing them here would put lit-html into a third file. */
  html: typeof Html;
  svg: typeof Svg;
  render: typeof Render;
  root: ShadowRoot;
  conversation: () => Conversation;
  locale: () => string;
  newId: () => string;
}

interface Item {
  id: string;
  file: File;
  /** Of the body, 0 to 1. */
  share: number;
  /** Why it was not sent; "" while it is under way. */
  fault: string;
  /** Sent again, it could be taken. */
  canRetry: boolean;
  cancel: AbortController;
}

/** Sends files: chosen, dropped or pasted; what is under way stands above the composer, what was sent in the log. */
export class Uploads {
  #items: Item[] = [];
  #conversation: string | undefined;
  #said = "";
  #isBusy = false;
  readonly #parts = { button: document.createElement("div"), list: document.createElement("div") };

  constructor(private readonly host: UploadHost) {
    const panel = host.root.querySelector<HTMLElement>(".panel")!;
    const composer = host.root.querySelector<HTMLElement>(".composer")!;
    host.root.adoptedStyleSheets.push(sheet);
    composer.prepend(this.#parts.button);
    composer.before(this.#parts.list);
    panel.addEventListener("paste", (event) => this.#take(event, event.clipboardData));
    panel.addEventListener("dragover", (event) => {
      if (!this.#offer || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      panel.classList.add("dropping");
    });
    panel.addEventListener("dragleave", () => panel.classList.remove("dropping"));
    panel.addEventListener("drop", (event) => {
      panel.classList.remove("dropping");
      this.#take(event, event.dataTransfer);
    });
  }

  /** Show the button, what is under way, and how it went. */
  draw(): void {
    const { html, svg, render } = this.host;
    const { held } = this.host.conversation();
    // What was on its way to a conversation that was left or deleted must not reach the next one.
    if (this.#conversation !== held?.conversation) for (const item of this.#items.splice(0)) item.cancel.abort();
    this.#conversation = held?.conversation;
    const choose = ({ currentTarget }: Event): void => (currentTarget as Element).parentElement!.querySelector("input")!.click();
    const clip = svg`<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"><path d="M8 12.5l5.6-5.6a3 3 0 0 1 4.3 4.3l-7.4 7.4a5 5 0 0 1-7.1-7.1L10.6 4" /></svg>`;
    const button = html`<button type="button" class="round attach" aria-label=${this.#say("attach")} title=${this.#say("attach")} @click=${choose}>${clip}</button>
      <input type="file" hidden multiple accept=${held?.files?.types.join() ?? ""} @change=${this.#chosen} />`;
    render(held?.files ? button : null, this.#parts.button);
    render(
      html`<ul class="files" aria-label=${this.#say("attach")} ?hidden=${!this.#items.length}>${this.#items.map((item) => this.#row(item))}</ul>
        <p class="sr-only" role="status">${this.#said}</p>`,
      this.#parts.list,
    );
  }

  /** Offer a file of the log to be saved; only its conversation's token opens it. */
  readonly view = ({ file }: ChatEvent): TemplateResult | null =>
    file ? this.#button("save", file.name, () => void this.#save(file)) : null;

  get #offer(): FileOffer | undefined {
    return this.host.conversation().held?.files;
  }

  #say(key: keyof UploadWords, ...values: (string | number)[]): string {
    return uploadSay(this.host.locale(), key, ...values);
  }

  #row(item: Item): TemplateResult {
    const { html } = this.host;
    const { name } = item.file;
    if (!item.fault) {
      return html`<li><span dir="auto">${name}</span>
        <progress aria-label=${this.#say("sending", name)} max="1" value=${item.share}></progress>
        ${this.#button("cancel", name, () => this.#drop(item))}</li>`;
    }
    return html`<li><span class="fault" dir="auto">${item.fault}</span>
      ${item.canRetry ? this.#button("retry", name, () => this.#retry(item)) : null}
      ${this.#button("remove", name, () => this.#drop(item))}</li>`;
  }

  #button(key: keyof UploadWords, name: string, act: () => void): TemplateResult {
    const word = this.#say(key);
    return this.host.html`<button type="button" class="link" aria-label="${word}: ${name}" @click=${act}>${word}</button>`;
  }

  #take(event: Event, from: DataTransfer | null): void {
    if (!this.#offer || !from?.files.length) return;
    event.preventDefault();
    this.#add(from.files);
  }

  readonly #chosen = ({ target }: Event): void => {
    const input = target as HTMLInputElement;
    this.#add(input.files!);
    input.value = ""; // the same file may be chosen again
  };

  #add(files: FileList): void {
    const offer = this.#offer!;
    for (const file of files) {
      const wrong = fault(file, offer);
      const reason = wrong ? this.#say(wrong, file.name, megabytes(offer)) : "";
      this.#items.push({ id: this.host.newId(), file, share: 0, fault: reason, canRetry: false, cancel: new AbortController() });
      this.#said = reason || this.#say("sending", file.name);
    }
    this.draw();
    void this.#work();
  }

  #drop(item: Item): void {
    const wasSending = !item.fault;
    item.cancel.abort();
    this.#leave(item, wasSending ? this.#say("cancelled", item.file.name) : "");
    this.host.root.querySelector("textarea")!.focus(); // the button that had it is gone
  }

  #retry(item: Item): void {
    item.fault = "";
    this.#said = this.#say("sending", item.file.name);
    this.draw();
    this.host.root.querySelector("textarea")!.focus();
    void this.#work();
  }

  /** Send one after the other, in the order they were given. */
  async #work(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let item; (item = this.#items.find(({ fault }) => !fault)); ) await this.#send(item);
    this.#isBusy = false;
  }

  async #send(item: Item): Promise<void> {
    const { id, file, cancel } = item;
    const progress = (share: number): void => {
      item.share = share;
      this.draw();
    };
    try {
      const headers = { "X-File-Id": id, "X-File-Name": encodeURIComponent(file.name.replace(LONE, "_")) };
      const options = { method: "POST", headers, body: file, signal: cancel.signal };
      await this.host.conversation().request("/chat/files", options, sender(progress));
      this.#leave(item, this.#say("sent", file.name));
    } catch (error) {
      const { status = 0, message = "" } = error as { status?: number; message?: string };
      // Only the server's own sentences are for people.
      item.fault = `${this.#say("failed", file.name)} ${status ? message : ""}`.trim();
      item.canRetry = status < 400 || status >= 500 || status === 401 || status === 408 || status === 429;
      if (this.#items.includes(item)) this.#said = item.fault; // else it was cancelled
      this.draw();
    }
  }

  #leave(item: Item, said: string): void {
    this.#items = this.#items.filter((other) => other !== item);
    this.#said = said;
    this.draw();
  }

  async #save({ id, name }: { id: string; name: string }): Promise<void> {
    try {
      const answer = await this.host.conversation().request(`/chat/files/${encodeURIComponent(id)}`);
      save(await answer.blob(), name);
    } catch {
      this.#said = this.#say("unsaved", name);
      this.draw();
    }
  }
}
