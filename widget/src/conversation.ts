import type { ChatEvent, Message } from "./api.js";
import { Log, type Row } from "./log.js";
import { Outbox } from "./outbox.js";
import { type Held, Session } from "./session.js";
import { type Page, Stream } from "./stream.js";

const TYPING_ENDS = 20_000; // a "typing off" lost with the connection must not leave the dots for ever

export interface ConversationOptions {
  server: string;
  locale: string;
  userToken: () => string | null;
  fetch: typeof fetch;
  /** Something that is shown has changed. */
  changed: () => void;
  /** Somebody else than the person said something new. */
  said: (event: ChatEvent) => void;
  moded: (mode: string) => void;
}

/** One conversation as the widget knows it: what was said, who answers, how the connection is. */
export class Conversation {
  readonly log = new Log();
  connection: "connecting" | "online" | "lost" = "connecting";
  typing = false;
  mode: ChatEvent = { type: "status" };
  /** What is being shown is history: it must not be read out. */
  quiet = false;
  /** How the wish for what was said before stands. */
  paging: "" | "loading" | "failed" = "";
  /** The name of the person of the team who wrote last. */
  agent = "";
  readonly #session: Session;
  readonly #outbox: Outbox;
  readonly #stream: Stream;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly options: ConversationOptions,
    signal: AbortSignal,
  ) {
    this.#session = new Session({ ...options, onReplaced: () => this.#replaced(), onErased: () => this.#erased() }, signal);
    this.#outbox = new Outbox(
      this.#session,
      (item, delivery) => {
        this.log.mark(item, delivery);
        options.changed();
      },
      signal,
    );
    this.#stream = new Stream(this.#session, {
      history: (page, isFirst) => this.#history(page, isFirst),
      event: (event) => this.#take(event),
      state: (state) => this.#connected(state),
    });
    for (const item of this.#outbox.waiting) this.log.mark(item, { state: "queued" });
    signal.addEventListener("abort", () => {
      this.#stream.stop();
      clearTimeout(this.#typingTimer);
    });
  }

  /** Its token and what the deployment offers; null while there is no conversation. */
  get held(): Held | null {
    return this.#session.held;
  }

  get request(): Session["request"] {
    return this.#session.request;
  }

  get hasEarlier(): boolean {
    return this.#stream.hasEarlier;
  }

  /** Show more of what was said before; say whether that worked. */
  async earlier(): Promise<boolean> {
    if (this.paging !== "loading") {
      this.paging = "loading";
      const events = await this.#stream.earlier().catch(() => null);
      // What is older than all that is here changes nothing else.
      for (const event of events ?? []) if (event.type !== "status" || event.agent) this.log.add(event);
      this.paging = events ? "" : "failed";
      this.quiet = true;
      this.options.changed();
    }
    return !this.paging;
  }

  /** Note that all that is here was seen, also for the next page. */
  see(): void {
    if (this.#stream.mark) this.#session.seen = this.#stream.mark;
  }

  start(): void {
    this.#stream.start();
  }

  stop(): void {
    this.#stream.stop();
  }

  send(message: Message): void {
    this.#outbox.add(message);
  }

  pick(row: Row, { title, payload }: { title: string; payload?: string }): void {
    if (!this.log.isOpen(row)) return; // the second click of a double click
    this.log.pick(row, title);
    this.send(payload === undefined ? { text: title } : { payload, title });
  }

  retry(): void {
    void this.#outbox.resume();
  }

  /** Leave this conversation; the next message opens a new one. */
  startOver(): void {
    this.#session.forget();
    this.#stream.reset();
  }

  /** Delete this conversation everywhere; say how much of it is still promised elsewhere. */
  async erase(): Promise<number> {
    const answer = await this.#session.request("/chat/conversation", { method: "DELETE", signal: AbortSignal.timeout(15_000) });
    this.#erased();
    return ((await answer.json()) as { promised: number }).promised;
  }

  #erased(): void {
    this.#outbox.clear();
    this.#stream.stop(); // the next message begins another conversation
    this.#session.erased();
    this.#replaced();
    this.log.clear();
  }

  #replaced(): void {
    this.mode = { type: "status" };
    this.agent = "";
    this.#type(false);
    this.log.startOver();
    this.#stream.reset();
    this.options.changed();
  }

  #history({ events, status }: Page, isFirst: boolean): void {
    this.quiet = isFirst;
    if (status) this.#answers(status, isFirst);
    const { seen } = this.#session;
    for (const event of events) this.#take(event, isFirst && event.seq! <= seen);
    this.options.changed();
  }

  #take(event: ChatEvent, isOld = false): void {
    if (event.type === "typing") return this.#type(Boolean(event.on));
    if (event.type === "erased") return this.#erased();
    if (event.type === "status") {
      if (event.agent) this.log.add(event); // the others only say how things are
      return this.#answers(event, isOld);
    }
    const isNew = this.log.add(event);
    if (event.type === "agent" && typeof event.name === "string") this.agent = event.name;
    if (isNew && !isOld && event.type !== "user") this.options.said(event);
    this.options.changed();
  }

  /** Take note of who answers now. */
  #answers(event: ChatEvent, isOld: boolean): void {
    if ((event.seq ?? Infinity) < (this.mode.seq ?? 0)) return;
    this.agent = event.mode === "human" ? event.agent || this.agent : "";
    this.mode = event;
    if (!isOld && event.mode) this.options.moded(event.mode);
    this.options.changed();
  }

  #connected(state: "online" | "lost"): void {
    this.connection = state;
    if (state === "online") void this.#outbox.resume();
    else this.#type(false);
    this.options.changed();
  }

  #type(on: boolean): void {
    clearTimeout(this.#typingTimer);
    this.typing = on;
    if (on) this.#typingTimer = setTimeout(() => this.#type(false), TYPING_ENDS);
    this.options.changed();
  }
}
