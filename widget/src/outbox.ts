import { ApiError, type Message, type Sendable } from "./api.js";
import type { Session } from "./session.js";
import { storage } from "./storage.js";
import { backoff, pause } from "./timing.js";

const TRIES = 3;

/** How a message of the person stands. `slowed` waits as the server asked; `refused` will never be taken. */
export type Delivery =
  | { state: "queued" | "sending" | "failed" }
  | { state: "sent"; seq: number }
  | { state: "slowed"; message: string; wait: number }
  | { state: "refused"; message: string };

/** Sends the person's messages in order, each with one id for all its tries: the server acts on it once. */
export class Outbox {
  readonly #store = storage("sessionStorage"); // of this tab: a reload goes on sending, another tab does not
  readonly #key: string;
  readonly #queue: Sendable[];
  #busy = false;

  constructor(
    private readonly session: Session,
    private readonly onDelivery: (item: Sendable, delivery: Delivery) => void,
    private readonly signal: AbortSignal,
  ) {
    this.#key = session.keyFor("outbox");
    this.#queue = this.#store.read<Sendable[]>(this.#key) ?? [];
    addEventListener("online", () => void this.resume(), { signal });
  }

  get waiting(): readonly Sendable[] {
    return this.#queue;
  }

  add(message: Message): void {
    const item = { id: uuid(), ...message };
    this.#queue.push(item);
    this.#store.write(this.#key, this.#queue);
    this.onDelivery(item, { state: "queued" });
    void this.resume();
  }

  /** Forget what waits. */
  clear(): void {
    this.#queue.length = 0;
    this.#store.remove(this.#key);
  }

  async resume(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let item; (item = this.#queue[0]) && (await this.#deliver(item)); ) {
      if (this.#queue[0] === item) this.#queue.shift(); // else it was cleared meanwhile
      this.#store.write(this.#key, this.#queue);
    }
    this.#busy = false;
  }

  /** Say whether the server has decided; what it never answered stays first in the queue. */
  async #deliver(item: Sendable): Promise<boolean> {
    for (let tries = 1; navigator.onLine && !this.signal.aborted && this.#queue[0] === item; ) {
      this.onDelivery(item, { state: "sending" });
      try {
        const { seq } = await this.#post(item);
        this.onDelivery(item, { state: "sent", seq });
        return true;
      } catch (error) {
        const refusal = error instanceof ApiError ? error : null;
        if (refusal?.status === 429) {
          const wait = refusal.retryAfter ?? backoff(tries);
          this.onDelivery(item, { state: "slowed", message: refusal.message, wait });
          await pause(wait, this.signal);
          continue;
        }
        if (refusal && isFinal(refusal.status)) {
          this.onDelivery(item, { state: "refused", message: refusal.message });
          return true;
        }
        if (tries >= TRIES && navigator.onLine) {
          this.onDelivery(item, { state: "failed" });
          return false;
        }
        await pause(backoff(tries), this.signal, true);
        tries += 1;
      }
    }
    if (this.#queue[0] === item) this.onDelivery(item, { state: "queued" });
    return false;
  }

  async #post({ id, text, payload }: Sendable): Promise<{ seq: number }> {
    const answer = await this.session.request("/chat/messages", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(payload === undefined ? { id, text } : { id, payload }),
      signal: AbortSignal.timeout(15_000),
    });
    return (await answer.json()) as { seq: number };
  }
}

/** 401 after a renewal and 408 may pass; any other 4xx would be the same next time. */
function isFinal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 401 && status !== 408;
}

/** crypto.randomUUID exists only on https and localhost; a shop tried over a LAN has neither. */
export function uuid(): string {
  if (crypto.randomUUID) return crypto.randomUUID();
  const hex = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}
