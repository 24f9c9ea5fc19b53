// Follows the event log of the conversation: history first, then the live stream, again after every break.
import { backoff, pause } from "./dom.js";

const SILENCE = 60_000; // the gateway sends a comment well before this; no byte means a dead line

/** Cuts a text stream (server-sent events) into events, wherever its chunks happen to break. */
export class EventParser {
  #rest = "";
  #id = "";
  #data = [];

  push(chunk) {
    const events = [];
    // A carriage return at the very end may be half of a CRLF: it waits for the next chunk.
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop();
    for (const line of lines) {
      if (line === "") {
        if (this.#data.length) events.push({ id: this.#id, data: this.#data.join("\n") });
        this.#data = [];
        this.#id = "";
        continue;
      }
      const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(line);
      if (field === "data") this.#data.push(value);
      if (field === "id") this.#id = value;
    }
    return events;
  }
}

export class Stream {
  #session;
  #on;
  #run = null;
  #mark = 0; // all events up to this number are here
  #ahead = new Set(); // numbers seen beyond a gap

  /** on: history(events, first), event(event), state("online" | "lost") */
  constructor(session, on) {
    this.#session = session;
    this.#on = on;
  }

  start() {
    if (this.#run) return;
    this.#run = new AbortController();
    this.#keepUp(this.#run.signal);
  }

  stop() {
    this.#run?.abort();
    this.#run = null;
  }

  /** Begins again from the first event: the conversation is another one. */
  reset() {
    const wasRunning = this.#run !== null;
    this.stop();
    this.#mark = 0;
    this.#ahead.clear();
    if (wasRunning) this.start();
  }

  async #keepUp(signal) {
    for (let failures = 0; !signal.aborted; failures += 1) {
      let wait = 0;
      try {
        await this.#catchUp(signal);
        this.#on.state("online");
        if (await this.#follow(signal)) failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        wait = error.retryAfter ?? 0;
        this.#on.state("lost");
      }
      await pause(Math.max(wait, backoff(failures)), { signal, untilOnline: wait === 0 });
    }
  }

  /** History is complete up to its end; the stream may leave gaps, which the next visit here heals. */
  async #catchUp(signal) {
    const isFirst = this.#mark === 0;
    for (let isMore = true; isMore; ) {
      const timed = AbortSignal.any([signal, AbortSignal.timeout(15_000)]);
      const answer = await this.#session.request(`/chat/history?after=${this.#mark}`, { signal: timed });
      const { events, more } = await answer.json();
      if (signal.aborted) return;
      this.#on.history(events, isFirst);
      this.#mark = events.reduce((highest, { seq }) => Math.max(highest, seq ?? 0), this.#mark);
      isMore = Boolean(more) && events.length > 0;
    }
    this.#ahead.clear();
  }

  /** Reads the stream until it ends; says whether anything came. */
  async #follow(signal) {
    const quiet = new AbortController();
    let timer = setTimeout(() => quiet.abort(), SILENCE);
    let alive = false;
    try {
      const headers = { Accept: "text/event-stream", "Last-Event-ID": String(this.#mark) };
      const both = AbortSignal.any([signal, quiet.signal]);
      const answer = await this.#session.request(`/chat/events?after=${this.#mark}`, { headers, signal: both });
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
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

  #take(id, data) {
    let event;
    try {
      event = JSON.parse(data);
    } catch {
      return;
    }
    if (typeof event?.type !== "string") return;
    if (id !== "") event.seq ??= Number(id);
    this.#on.event(event);
    if (Number.isInteger(event.seq)) this.#ahead.add(event.seq);
    while (this.#ahead.delete(this.#mark + 1)) this.#mark += 1;
  }
}
