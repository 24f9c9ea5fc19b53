import { ApiError, type ChatEvent } from "./api.js";
import type { Session } from "./session.js";
import { EventParser } from "./sse.js";
import { backoff, pause } from "./timing.js";

/** Read JSON without what lit-html would take for its own: a "_$litType$" from outside ends all drawing. */
const read = (text: string): unknown => JSON.parse(text, (key, value: unknown) => (key[0] === "_" ? undefined : value));

const PAGE = 50; // events shown of a conversation that was long, and more with each wish
const SILENCE = 60_000; // the gateway sends a comment well before this; no byte means a dead line

/** One page of what was said before; `status` tells who answers, however long ago that was said. */
export interface Page {
  events: ChatEvent[];
  more: boolean;
  status?: ChatEvent | null;
}

export interface StreamOptions {
  /** What was said before; `isFirst` when nothing of the conversation was here yet. */
  history: (page: Page, isFirst: boolean) => void;
  event: (event: ChatEvent) => void;
  state: (state: "online" | "lost") => void;
}

/** Follows the event log of the conversation: the end of its history first, then the live stream, again after every break. */
export class Stream {
  #run: AbortController | null = null;
  mark = 0; // all events up to this number are here
  readonly #ahead = new Set<number>(); // numbers seen beyond a gap
  #start: ChatEvent | null = null; // the first of what is here, if there is more before it

  constructor(
    private readonly session: Session,
    private readonly on: StreamOptions,
  ) {}

  get hasEarlier(): boolean {
    return this.#start !== null;
  }

  /** Return the page before what is here; nobody asks for two at once. */
  async earlier(): Promise<ChatEvent[]> {
    const start = this.#start;
    if (!start) return [];
    const page = await this.#history(`before=${start.seq}&limit=${PAGE}`);
    if (start !== this.#start) return []; // another conversation began meanwhile
    this.#begins(page);
    return page.events;
  }

  start(): void {
    if (this.#run) return;
    this.#run = new AbortController();
    void this.#keepUp(this.#run.signal);
  }

  stop(): void {
    this.#run?.abort();
    this.#run = null;
  }

  /** Begin again from the first event: the conversation is another one. */
  reset(): void {
    const wasRunning = this.#run !== null;
    this.stop();
    this.mark = 0;
    this.#ahead.clear();
    this.#start = null;
    if (wasRunning) this.start();
  }

  async #keepUp(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      let wait = 0;
      try {
        await this.#catchUp(signal);
        this.on.state("online");
        if (await this.#follow(signal)) failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        wait = (error instanceof ApiError && error.retryAfter) || 0;
        this.on.state("lost");
      }
      await pause(Math.max(wait, backoff(failures)), signal, !wait);
    }
  }

  /** History is complete up to its end; the stream may leave gaps, which the next visit here heals. */
  async #catchUp(signal: AbortSignal): Promise<void> {
    const isFirst = this.mark === 0;
    for (let isMore = true; isMore; ) {
      const page = await this.#history(isFirst ? `limit=${PAGE}` : `after=${this.mark}`, signal);
      if (signal.aborted) return;
      if (isFirst) this.#begins(page);
      this.on.history(page, isFirst);
      this.mark = page.events.reduce((highest, { seq }) => Math.max(highest, seq ?? 0), this.mark);
      isMore = !isFirst && page.more && page.events.length > 0;
    }
    this.#ahead.clear();
  }

  async #history(which: string, signal?: AbortSignal): Promise<Page> {
    const timed = AbortSignal.timeout(15_000);
    const answer = await this.session.request(`/chat/history?${which}`, { signal: signal ? AbortSignal.any([signal, timed]) : timed });
    return read(await answer.text()) as Page;
  }

  #begins({ events: [first], more }: Page): void {
    this.#start = (more && first) || null;
  }

  /** Read the stream until it ends; say whether anything came. */
  async #follow(signal: AbortSignal): Promise<boolean> {
    const quiet = new AbortController();
    let timer = setTimeout(() => quiet.abort(), SILENCE);
    let alive = false;
    try {
      const both = AbortSignal.any([signal, quiet.signal]);
      const answer = await this.session.request(`/chat/events?after=${this.mark}`, { signal: both });
      const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new EventParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done || signal.aborted) return alive;
        alive = true;
        clearTimeout(timer);
        timer = setTimeout(() => quiet.abort(), SILENCE);
        for (const { id, data } of parser.push(value)) this.#take(id, data);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #take(id: string, data: string): void {
    let event: ChatEvent;
    try {
      event = read(data) as ChatEvent;
    } catch {
      return;
    }
    if (typeof event?.type !== "string") return;
    if (id !== "") event.seq ??= Number(id);
    this.on.event(event);
    if (Number.isInteger(event.seq)) this.#ahead.add(event.seq!);
    while (this.#ahead.delete(this.mark + 1)) this.mark += 1;
  }
}
