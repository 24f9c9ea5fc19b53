import type { ChatEvent, Sendable } from "./api.js";
import type { Delivery } from "./outbox.js";

const UNSENT = Infinity; // messages without a number stay last

/** One thing in the visible conversation. */
export interface Row {
  /** Stable for the life of the row: a screen reader must not hear it twice. */
  key: string;
  kind: "user" | "bot" | "notice" | "agent" | "status" | "divider";
  seq: number;
  event: ChatEvent;
  item?: Sendable;
  delivery?: Delivery;
  /** The choice that was taken. */
  picked?: string;
}

const KINDS: readonly string[] = ["bot", "notice", "agent", "status"];

/** The conversation as it is shown: every event once, in the order of its number, whatever order it came in. */
export class Log {
  #past: Row[] = []; // of conversations before this one
  #rows: Row[] = [];
  #seen = new Set<number>();
  #mine = new Map<string, Row>();
  #epoch = 0;

  get rows(): readonly Row[] {
    return [...this.#past, ...this.#rows];
  }

  get hasQuestion(): boolean {
    return this.rows.some(({ kind }) => kind === "user");
  }

  /** Take one event of the log; say whether it was new. */
  add(event: ChatEvent): boolean {
    const { type, id } = event;
    const seq = event.seq!; // or nothing, from who knows where
    if (!Number.isInteger(seq) || this.#seen.has(seq)) return false;
    if (type === "user") this.#arrived(event, id ?? `seq ${seq}`, seq);
    else if (KINDS.includes(type)) this.#place({ key: `${this.#epoch}/${seq}`, kind: type as Row["kind"], seq, event });
    else return false;
    this.#seen.add(seq);
    return true;
  }

  /** Show the person's message, or how it stands now. */
  mark(item: Sendable, delivery: Delivery): void {
    const row = this.#own(item.id, item.title ?? item.text ?? "");
    row.item = item;
    row.delivery = delivery;
    if (delivery.state === "sent") row.seq = delivery.seq;
    this.#place(row);
  }

  /** Take a refused message out again, to be edited. */
  takeBack(id: string): void {
    this.#mine.delete(id);
    this.#rows = this.#rows.filter(({ key }) => key !== id);
  }

  pick(row: Row, title: string): void {
    row.picked = title;
  }

  /** Tell whether a row's choices can be taken: once, and only until the person has said something else. */
  isOpen(row: Row): boolean {
    if (row.picked !== undefined) return false;
    const rows = this.rows;
    return !rows.slice(rows.indexOf(row) + 1).some(({ kind }) => kind === "user" || kind === "divider");
  }

  /** Draw a line: what follows belongs to another conversation, whose numbers begin anew. */
  startOver(): void {
    const unsent = this.#rows.filter(({ seq }) => seq === UNSENT);
    const said = this.#rows.filter(({ seq }) => seq !== UNSENT);
    this.#epoch += 1;
    this.#seen.clear();
    this.#mine = new Map(unsent.map((row) => [row.item!.id, row]));
    if (said.length) this.#past.push(...said, { key: `${this.#epoch}/-`, kind: "divider", seq: 0, event: { type: "divider" } });
    this.#rows = unsent;
  }

  /** Forget everything: the conversation was deleted. */
  clear(): void {
    this.#epoch += 1;
    this.#past = [];
    this.#rows = [];
    this.#seen.clear();
    this.#mine.clear();
  }

  #own(id: string, text: string): Row {
    const known = this.#mine.get(id);
    if (known) return known;
    const row: Row = { key: id, kind: "user", seq: UNSENT, event: { type: "user", id, text, at: new Date().toISOString() } };
    this.#mine.set(id, row);
    return row;
  }

  #arrived(event: ChatEvent, id: string, seq: number): void {
    const row = this.#own(id, event.text ?? "");
    // The server may have hidden a card number or a password: this page does not keep it in sight either.
    row.event = event;
    row.seq = seq;
    row.delivery = { state: "sent", seq };
    this.#place(row);
  }

  /** Put a row where its number belongs, and take out the words on waiting for what is answered now. */
  #place(row: Row): void {
    const rows = this.#rows.includes(row) ? this.#rows : [...this.#rows, row];
    rows.sort((one, other) => one.seq - other.seq); // two without a number stay as they are
    this.#rows = rows.filter((each) => each.event.kind !== "slow" || !rows.some((later) => answers(later, each)));
  }
}

function answers({ kind, seq, event }: Row, notice: Row): boolean {
  return seq > notice.seq && (kind === "agent" || (kind === "bot" && !event.proactive));
}
