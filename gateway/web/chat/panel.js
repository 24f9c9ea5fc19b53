// The panel around the conversation: opening and closing, the composer, the lines above and below.
import { storage } from "./dom.js";
import { words } from "./words.js";

const LIMIT = 2000; // characters as the server counts them: code points
const NEAR = 200;
const TYPING_ENDS = 20_000; // a "typing off" lost with the connection must not leave the dots for ever

const byId = (id) => document.getElementById(`chat-${id}`);

export class Panel {
  #parts = Object.fromEntries(
    ["launcher", "unread", "panel", "close", "connection", "banner", "starters", "typing", "form", "input", "count", "send"].map(
      (name) => [name, byId(name)],
    ),
  );
  #on;
  #store = storage("sessionStorage");
  #fillsScreen = matchMedia("(max-width: 480px)");
  #unread = 0;
  #typingTimer;

  /** on: open(), send(text), startOver() */
  constructor(on) {
    this.#on = on;
    const { launcher, close, panel, form, input, starters } = this.#parts;
    launcher.addEventListener("click", () => this.open());
    close.addEventListener("click", () => this.close());
    panel.addEventListener("keydown", (event) => event.key === "Escape" && !event.isComposing && this.close());
    form.addEventListener("submit", (event) => this.#submit(event));
    input.addEventListener("keydown", (event) => this.#key(event));
    input.addEventListener("input", () => this.#count());
    starters.addEventListener("click", ({ target }) => target.matches("button") && this.#say(target.textContent));
    for (const button of document.querySelectorAll("[data-chat]")) {
      button.addEventListener("click", () => this.#openWith(button));
    }
    this.#fillsScreen.addEventListener("change", () => this.#fence());
    launcher.hidden = false;
    if (this.#store.read("frontdesk.open")) this.open({ takesFocus: false });
  }

  get isOpen() {
    return !this.#parts.panel.hidden;
  }

  open({ takesFocus = true } = {}) {
    this.#show(true);
    this.#unread = 0;
    this.#badge();
    this.#on.open();
    if (takesFocus) this.focus();
  }

  close() {
    this.#show(false);
    (this.#opener?.isConnected ? this.#opener : this.#parts.launcher).focus();
    this.#opener = null;
  }

  focus() {
    this.#parts.input.focus({ preventScroll: true });
  }

  /** Puts text into the composer without sending it. */
  draft(text) {
    this.#parts.input.value = text;
    this.#count();
    this.focus();
  }

  countUnread() {
    if (this.isOpen) return;
    this.#unread += 1;
    this.#badge();
  }

  showConnection(state) {
    this.#parts.connection.textContent = words[state];
    this.#parts.connection.dataset.state = state;
  }

  showTyping(on) {
    clearTimeout(this.#typingTimer);
    this.#parts.typing.hidden = !on;
    if (on) this.#typingTimer = setTimeout(() => this.showTyping(false), TYPING_ENDS);
  }

  showStarters(on) {
    this.#parts.starters.hidden = !on;
  }

  showMode({ mode, queue_position: position }) {
    const { banner } = this.#parts;
    const lines = { waiting: words.waiting, human: words.human, closed: words.closed };
    banner.hidden = !Object.hasOwn(lines, mode);
    banner.replaceChildren(lines[mode] ?? "");
    if (mode === "waiting" && Number.isInteger(position)) banner.append(` ${words.place(position)}`);
    if (mode !== "closed") return;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "link" });
    button.append(words.startOver);
    button.addEventListener("click", () => this.#on.startOver());
    banner.append(" ", button);
  }

  #opener = null;

  #openWith(button) {
    this.#opener = button;
    this.open();
    if (button.dataset.chat) this.draft(button.dataset.chat);
  }

  #show(isOpen) {
    this.#parts.panel.hidden = !isOpen;
    this.#parts.launcher.hidden = isOpen;
    this.#parts.launcher.ariaExpanded = String(isOpen);
    this.#store.write("frontdesk.open", isOpen);
    this.#fence();
  }

  /** Where the panel covers the page, the page behind it must not take the focus. */
  #fence() {
    for (const part of document.querySelectorAll("body > header, body > main, body > footer")) {
      part.inert = this.isOpen && this.#fillsScreen.matches;
    }
  }

  #badge() {
    this.#parts.unread.textContent = this.#unread;
    this.#parts.unread.hidden = this.#unread === 0;
    this.#parts.launcher.ariaLabel = words.launcher(this.#unread);
  }

  #key(event) {
    // Enter also ends the choice of a word in Chinese or Japanese input: that is not yet the message.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#parts.form.requestSubmit();
  }

  #submit(event) {
    event.preventDefault();
    const text = this.#parts.input.value.trim();
    if (!text || [...text].length > LIMIT) return this.focus();
    this.#parts.input.value = "";
    this.#count();
    this.#say(text);
  }

  #say(text) {
    this.#on.send(text);
    this.focus();
  }

  #count() {
    const { input, count, send } = this.#parts;
    const left = LIMIT - [...input.value.trim()].length;
    count.hidden = left > NEAR;
    count.textContent = left < 0 ? words.over(-left) : words.left(left);
    input.ariaInvalid = String(left < 0);
    send.disabled = left < 0;
  }
}
