// The visible conversation: every event once, in the order of its number, whatever order it came in.
import { el } from "./dom.js";
import { answer, question } from "./render.js";
import { words } from "./words.js";

const UNSENT = Infinity; // messages without a number stay last
const EDGE = 80; // pixels from the end that still count as reading along

export class Log {
  #list;
  #scroller;
  #on;
  #seen = new Set();
  #mine = new Map();

  /** on: pick({title, payload | text}), retry(), edit(text), emptyChanged(isEmpty) */
  constructor(list, scroller, on) {
    this.#list = list;
    this.#scroller = scroller;
    this.#on = on;
  }

  /** Shows what was said before; silently, since a screen reader must not read it all out again. */
  addHistory(events) {
    this.#list.ariaLive = "off";
    for (const event of events) this.add(event);
    this.toEnd();
    requestAnimationFrame(() => setTimeout(() => (this.#list.ariaLive = "polite"), 100));
  }

  /** Shows one event of the log; says whether it was new. */
  add(event) {
    if (!Number.isInteger(event.seq) || this.#seen.has(event.seq)) return false;
    const row = event.type === "user" ? this.#arrived(event) : answer(event, (choice) => this.#on.pick(choice));
    if (!row) return false;
    this.#seen.add(event.seq);
    this.keepEnd(() => this.#place(row, event.seq));
    return true;
  }

  /** Shows the person's message, or a new state of it. */
  mark(item, state, detail = {}) {
    const row = this.#own(item.id, item.title ?? item.text);
    row.dataset.state = state;
    row.querySelector(".meta").replaceChildren(...this.#stateLine(item, row, state, detail));
    // "Sending" and "Sent" would only interrupt a screen reader; a failure must not stay silent.
    row.querySelector(".meta").ariaHidden = ["queued", "sending", "sent"].includes(state) ? "true" : null;
    this.#place(row, detail.seq ?? row.seq ?? UNSENT);
    if (state === "queued") this.toEnd();
  }

  /** Draws a line: what follows belongs to another conversation, whose numbers begin anew. */
  startOver() {
    const unsent = [...this.#list.children].filter((row) => row.seq === UNSENT);
    this.#seen.clear();
    this.#mine = new Map([...this.#mine].filter(([, row]) => row.seq === UNSENT));
    if (this.#list.childElementCount === unsent.length) return;
    const line = Object.assign(el("p", { className: "divider" }, words.newConversation), { seq: -1 });
    this.#list.append(line, ...unsent);
    this.#freshenChoices();
  }

  toEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  /** Lets something change the height without losing sight of the end. */
  keepEnd(change) {
    const follows = this.#readsAlong();
    change();
    if (follows) this.toEnd();
  }

  #readsAlong() {
    const { scrollTop, clientHeight, scrollHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < EDGE;
  }

  #own(id, text) {
    if (!this.#mine.has(id)) this.#mine.set(id, question(text));
    return this.#mine.get(id);
  }

  #arrived({ id, text, at }) {
    const row = this.#own(id, text);
    // The server may have hidden a card number or a password: this page does not keep it in sight either.
    row.querySelector(".bubble").textContent = text;
    row.dataset.state = "sent";
    row.querySelector(".meta").replaceChildren(...this.#stateLine(null, row, "sent", { at }));
    row.querySelector(".meta").ariaHidden = "true";
    return row;
  }

  #stateLine(item, row, state, { message, wait, at }) {
    const button = (text, onclick) => el("button", { type: "button", className: "link", onclick }, text);
    switch (state) {
      case "sent":
        return [`${words.sent} ${clock(at)}`];
      case "slowed":
        return [`${message} ${words.again(Math.ceil(wait / 1000))}`];
      case "failed":
        return [`${words.notSent} `, button(words.retry, () => this.#on.retry())];
      case "refused":
        return [`${words.notSent} ${message} `, item.text === undefined ? "" : button(words.edit, () => this.#takeBack(item, row))];
      default:
        return [words[state]];
    }
  }

  #takeBack(item, row) {
    this.#mine.delete(item.id);
    row.remove();
    this.#freshenChoices();
    this.#on.edit(item.text);
  }

  /** Puts a row where its number belongs; one already there is not moved, or it would be read out twice. */
  #place(row, seq) {
    row.seq = seq;
    let before = this.#list.lastElementChild;
    while (before && (before === row || before.seq > seq)) before = before.previousElementSibling;
    const isThere = row.isConnected && row.previousElementSibling === before;
    if (!isThere) this.#list.insertBefore(row, before ? before.nextElementSibling : this.#list.firstElementChild);
    this.#freshenChoices();
  }

  /** Choices can be taken once, and only until the person has said something else. */
  #freshenChoices() {
    let isPast = false;
    for (const row of [...this.#list.children].reverse()) {
      const group = row.querySelector(".choices");
      const isOver = isPast || group?.dataset.used !== undefined;
      for (const button of group?.children ?? []) button.disabled = isOver;
      isPast ||= row.matches(".user, .divider");
    }
    this.#on.emptyChanged(this.#list.querySelector(".user") === null);
  }
}

function clock(at) {
  const time = new Date(at ?? Date.now());
  return Number.isNaN(time.getTime()) ? "" : time.toLocaleTimeString([], { timeStyle: "short" });
}
