export interface RawEvent {
  id: string;
  data: string;
}

/** Cuts a text stream (server-sent events) into events, wherever its chunks happen to break. */
export class EventParser {
  #rest = "";
  #id = "";
  #data: string[] = [];

  push(chunk: string): RawEvent[] {
    const events: RawEvent[] = [];
    // A carriage return at the very end may be half of a CRLF: it waits for the next chunk.
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop()!; // split gives one at least
    for (const line of lines) {
      if (!line) {
        if (this.#data.length) events.push({ id: this.#id, data: this.#data.join("\n") });
        this.#data = [];
        this.#id = "";
      }
      const [, field, value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
      if (field === "data") this.#data.push(value);
      if (field === "id") this.#id = value;
    }
    return events;
  }
}
