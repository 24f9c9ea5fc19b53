import { ApiError, type FileOffer } from "./api.js";
import { storage } from "./storage.js";
import { pause } from "./timing.js";

const EARLY = 120_000; // an expired token cannot be renewed, and a hidden tab wakes only once a minute
const SEEN_LATER = 250;

export interface Held {
  conversation: string;
  token: string;
  expires_at: string;
  files?: FileOffer;
}

export interface SessionOptions {
  /** Origin of the gateway, "" for the page's own. */
  server: string;
  locale: string;
  userToken: () => string | null;
  fetch: typeof fetch;
  /** The conversation became another one: expired, or begun anew in another tab. */
  onReplaced: () => void;
  /** The conversation was deleted in another tab. */
  onErased: () => void;
}

/** Holds the token of this browser's conversation and makes requests with it. */
export class Session {
  readonly #key: string;
  readonly #store = storage("localStorage");
  #conversation: string | null = null;
  #renewing: Promise<Held> | null = null;
  #clockIsOff = false;
  #refused: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: SessionOptions, signal: AbortSignal) {
    this.#key = this.keyFor("session");
    addEventListener("storage", ({ key, newValue }) => key === this.#key && newValue && this.#heard(), { signal });
    signal.addEventListener("abort", () => clearTimeout(this.#timer));
  }

  /** Name a place in the browser's storage; each server's is its own. */
  keyFor(what: string): string {
    return `frontdesk.${what}${this.options.server && `@${this.options.server}`}`;
  }

  /** Up to which event the person has seen the conversation; where nothing is known of that, all of it. */
  get seen(): number {
    return this.#store.read<number>(this.keyFor("seen")) ?? Infinity;
  }

  set seen(seq: number) {
    this.#store.write(this.keyFor("seen"), seq);
  }

  /** Drop the conversation; the next request opens a new one. */
  forget(): void {
    this.#store.remove(this.#key);
  }

  /** Forget a conversation that was deleted, in every tab: what is left in its place tells the others. */
  erased(): void {
    this.#conversation = null;
    clearTimeout(this.#timer);
    this.#store.write(this.#key, "erased");
  }

  /** Fetch with the token, renewed at most once; throw ApiError for any answer but success. */
  readonly request = async (path: string, options: RequestInit = {}, via = this.options.fetch): Promise<Response> => {
    for (let renewed = false; ; renewed = true) {
      const { token } = await this.#current();
      const headers = { ...options.headers, Authorization: `Bearer ${token}` };
      const answer = await via(this.options.server + path, { ...options, headers });
      if (answer.ok) return answer;
      if (answer.status !== 401 || renewed) throw await ApiError.from(answer);
      await this.#renew(token);
    }
  };

  #heard(): void {
    const held = this.held;
    if (held) this.#adopt(held);
    else this.options.onErased();
  }

  /** What this browser knows of its conversation. */
  get held(): Held | null {
    const held = this.#store.read<Held>(this.#key);
    return held?.token ? held : null;
  }

  async #current(): Promise<Held> {
    const held = this.held;
    if (!held || (left(held) < 0 && !this.#clockIsOff)) return this.#renew(held?.token);
    return this.#adopt(held);
  }

  /** Renew in good time while the page only listens. */
  #renewInTime(held: Held): void {
    clearTimeout(this.#timer);
    const wait = left(held) + 1;
    // Failed: the next request tries again.
    if (wait > 0) this.#timer = setTimeout(() => this.#current().catch(() => {}), wait);
  }

  #renew(stale?: string): Promise<Held> {
    this.#renewing ??= this.#oneTabAtATime(() => this.#open(stale)).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #open(stale?: string): Promise<Held> {
    const found = this.held;
    if (found && found.token !== stale) return this.#adopt(found); // another tab was faster
    let answer = await this.#ask(stale);
    if (answer.status === 401 && stale) answer = await this.#ask();
    if (answer.status === 401) {
      // Each user token counts once: who starts over with the same one goes on as nobody in particular.
      this.#refused = this.options.userToken();
      answer = await this.#ask();
    }
    if (!answer.ok) throw await ApiError.from(answer);
    const held = (await answer.json()) as Held;
    this.#store.write(this.#key, held);
    // A wrong clock would renew before every request; then the server's 401 has to tell.
    this.#clockIsOff = left(held) < 0;
    return this.#adopt(held);
  }

  #ask(token?: string): Promise<Response> {
    const userToken = this.options.userToken();
    return this.options.fetch(`${this.options.server}/chat/session`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ locale: this.options.locale, user_token: userToken === this.#refused ? null : userToken }),
      signal: AbortSignal.timeout(15_000),
    });
  }

  #adopt(held: Held): Held {
    const replaced = this.#conversation !== null && this.#conversation !== held.conversation;
    this.#conversation = held.conversation;
    this.#renewInTime(held);
    if (replaced) this.options.onReplaced();
    return held;
  }

  /** Two tabs opened together must not open two conversations; without Web Locks the last one wins. */
  #oneTabAtATime<T>(work: () => Promise<T>): Promise<T> {
    if (!navigator.locks) return work();
    return new Promise((resolve, reject) => {
      // Held a little longer: what one tab writes into localStorage, another process's tab sees a moment later.
      void navigator.locks.request(this.#key, () => work().then(resolve, reject).then(() => pause(SEEN_LATER)));
    });
  }
}

/** Return the milliseconds until a token should be renewed. */
function left(held: Held): number {
  return Date.parse(held.expires_at) - Date.now() - EARLY;
}
