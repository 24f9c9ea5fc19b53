// Sends the person's messages in order, each with one id for all its tries: the server acts on it once.
import { backoff, pause, storage } from "./dom.js";

const KEY = "frontdesk.outbox";
const TRIES = 3;

export class Outbox {
  #session;
  #onState;
  #store = storage("sessionStorage"); // of this tab: a reload goes on sending, another tab does not
  #queue;
  #busy = false;

  /** onState(item, state, detail): queued | sending | sent {seq} | slowed {message, wait} | failed | refused {message} */
  constructor(session, onState) {
    this.#session = session;
    this.#onState = onState;
    this.#queue = this.#store.read(KEY) ?? [];
    addEventListener("online", () => this.resume());
  }

  get waiting() {
    return [...this.#queue];
  }

  /** Takes {text} or {payload, title}. */
  add(message) {
    const item = { id: uuid(), ...message };
    this.#queue.push(item);
    this.#store.write(KEY, this.#queue);
    this.#onState(item, "queued");
    this.resume();
  }

  async resume() {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#queue.length && (await this.#deliver(this.#queue[0]))) {
      this.#queue.shift();
      this.#store.write(KEY, this.#queue);
    }
    this.#busy = false;
  }

  /** Says whether the server has decided; what it never answered stays first in the queue. */
  async #deliver(item) {
    for (let tries = 1; navigator.onLine; ) {
      this.#onState(item, "sending");
      try {
        this.#onState(item, "sent", await this.#post(item));
        return true;
      } catch (error) {
        if (error.status === 429) {
          const wait = error.retryAfter ?? backoff(tries);
          this.#onState(item, "slowed", { message: error.message, wait });
          await pause(wait);
          continue;
        }
        // 401 after a renewal and 408 may pass; any other 4xx would be the same next time.
        if (error.status >= 400 && error.status < 500 && ![401, 408].includes(error.status)) {
          this.#onState(item, "refused", { message: error.message });
          return true;
        }
        if (tries >= TRIES && navigator.onLine) {
          this.#onState(item, "failed");
          return false;
        }
        await pause(backoff(tries), { untilOnline: true });
        tries += 1;
      }
    }
    this.#onState(item, "queued");
    return false;
  }

  async #post({ id, text, payload }) {
    const answer = await this.#session.request("/chat/messages", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(payload === undefined ? { id, text } : { id, payload }),
      signal: AbortSignal.timeout(15_000),
    });
    return answer.json();
  }
}

/** crypto.randomUUID exists only on https and localhost; a shop tried over a LAN has neither. */
function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}
