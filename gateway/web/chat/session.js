// Holds the token of this browser's conversation and makes requests with it.
import { storage } from "./dom.js";

const KEY = "frontdesk.session";
const EARLY = 120_000; // an expired token cannot be renewed, and a hidden tab wakes only once a minute
const LONGEST_TIMER = 2 ** 31 - 1; // beyond it a browser fires at once

export class ApiError extends Error {
  constructor(status, message, retryAfter) {
    super(message);
    Object.assign(this, { status, retryAfter });
  }

  static async from(answer) {
    const body = await answer.json().catch(() => null);
    return new ApiError(answer.status, body?.error?.message ?? "", milliseconds(answer.headers.get("Retry-After")));
  }
}

/** Reads Retry-After, which is a number of seconds or a date. */
function milliseconds(header) {
  if (!header) return null;
  const wait = /^\d+$/.test(header) ? header * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(wait) ? null : Math.max(0, wait);
}

export class Session {
  #store = storage("localStorage");
  #conversation = null;
  #renewing = null;
  #clockIsOff = false;
  #timer;
  #onReplaced;

  /** onReplaced is called when the conversation became another one (expired, or begun anew in another tab). */
  constructor({ onReplaced }) {
    this.#onReplaced = onReplaced;
    addEventListener("storage", ({ key, newValue }) => key === KEY && newValue && this.#adopt(this.#store.read(KEY)));
  }

  get exists() {
    return this.#store.read(KEY) !== null;
  }

  /** Drops the conversation; the next request opens a new one. */
  forget() {
    this.#store.remove(KEY);
  }

  /** Fetches with the token, renewed at most once; throws ApiError for any answer but success. */
  async request(path, { headers, ...options } = {}) {
    for (let renewed = false; ; renewed = true) {
      const { token } = await this.#current();
      const answer = await fetch(path, { ...options, headers: { ...headers, Authorization: `Bearer ${token}` } });
      if (answer.ok) return answer;
      if (answer.status !== 401 || renewed) throw await ApiError.from(answer);
      await this.#renew(token);
    }
  }

  async #current() {
    const session = this.#store.read(KEY);
    if (!session || (this.#expiresSoon(session) && !this.#clockIsOff)) return this.#renew(session?.token);
    return this.#adopt(session);
  }

  #expiresSoon(session) {
    return lifetime(session) < EARLY;
  }

  /** Renews in good time while the page only listens. */
  #renewInTime(session) {
    clearTimeout(this.#timer);
    if (this.#expiresSoon(session)) return;
    const wait = Math.min(lifetime(session) - EARLY, LONGEST_TIMER);
    this.#timer = setTimeout(() => this.#current().catch(() => {}), wait + 1); // failed: the next request tries again
  }

  #renew(staleToken) {
    this.#renewing ??= oneTabAtATime(() => this.#open(staleToken)).finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  async #open(staleToken) {
    const found = this.#store.read(KEY);
    if (found && found.token !== staleToken) return this.#adopt(found); // another tab was faster
    let answer = await this.#ask(staleToken);
    if (answer.status === 401 && staleToken) answer = await this.#ask();
    if (!answer.ok) throw await ApiError.from(answer);
    const session = await answer.json();
    this.#store.write(KEY, session);
    // A wrong clock would renew before every request; then the server's 401 has to tell.
    this.#clockIsOff = this.#expiresSoon(session);
    return this.#adopt(session);
  }

  #ask(token) {
    const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
    return fetch("/chat/session", {
      method: "POST",
      headers,
      body: JSON.stringify({ locale: document.documentElement.lang }),
      signal: AbortSignal.timeout(15_000),
    });
  }

  #adopt(session) {
    const replaced = this.#conversation !== null && this.#conversation !== session.conversation;
    this.#conversation = session.conversation;
    this.#renewInTime(session);
    if (replaced) this.#onReplaced();
    return session;
  }
}

function lifetime({ expires_at: at }) {
  return (typeof at === "number" ? at * 1000 : Date.parse(at)) - Date.now();
}

/** Two tabs opened together must not open two conversations; without Web Locks the last one wins. */
function oneTabAtATime(work) {
  return navigator.locks ? navigator.locks.request(KEY, work) : work();
}
