import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ChatEvent } from "../src/api.js";
import type { Session } from "../src/session.js";
import { Stream } from "../src/stream.js";

/** A gateway with one log; each stream stays open until it is cut. */
class Gateway {
  asked: string[] = [];
  log: ChatEvent[] = [];
  live: ReadableStreamDefaultController<Uint8Array> | null = null;
  hold: Promise<void> | null = null;

  say(from: number, to: number): void {
    for (let seq = from; seq <= to; seq += 1) this.log.push({ type: "bot", seq, text: String(seq) });
  }

  stream(...seqs: number[]): void {
    const text = seqs.map((seq) => `id: ${seq}\ndata: ${JSON.stringify({ type: "bot", seq })}\n\n`).join("");
    this.live!.enqueue(new TextEncoder().encode(text));
  }

  readonly request = async (path: string, { signal }: RequestInit = {}): Promise<Response> => {
    const { pathname, searchParams } = new URL(path, "http://gateway");
    this.asked.push(path.replace("/chat/", ""));
    if (pathname === "/chat/events") {
      const body = new ReadableStream<Uint8Array>({ start: (live) => void (this.live = live) });
      signal!.addEventListener("abort", () => this.live!.error(new Error("aborted")));
      return new Response(body);
    }
    if (searchParams.has("before")) await this.hold;
    const after = Number(searchParams.get("after"));
    const found = this.log.filter(({ seq }) => seq! > after && seq! < Number(searchParams.get("before") ?? Infinity));
    if (searchParams.has("after")) return Response.json({ events: found, more: false });
    const most = Number(searchParams.get("limit"));
    return Response.json({ events: found.slice(-most), more: found.length > most });
  };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe("the stream", () => {
  let gateway: Gateway, stream: Stream, seen: number[];
  const take = (events: ChatEvent[]): void => void seen.push(...events.map(({ seq }) => seq!));
  beforeEach(() => {
    vi.stubGlobal("addEventListener", () => {});
    vi.stubGlobal("removeEventListener", () => {});
    vi.spyOn(Math, "random").mockReturnValue(-1); // no wait between two tries
    gateway = new Gateway();
    seen = [];
    stream = new Stream(gateway as unknown as Session, {
      history: ({ events }) => take(events),
      event: (event) => take([event]),
      state: () => {},
    });
  });
  afterEach(() => {
    stream.stop();
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });
  const following = (times = 1): Promise<void> =>
    vi.waitFor(() => expect(gateway.asked.filter((path) => path.startsWith("events"))).toHaveLength(times));

  test("begins with the end of a long log and follows from there", async () => {
    gateway.say(1, 120);
    stream.start();
    await following();
    expect(gateway.asked).toEqual(["history?limit=50", "events?after=120"]);
    expect(seen).toEqual(range(71, 120));
    expect(stream.hasEarlier).toBe(true);
  });

  test("pages back to the first event and asks no more then", async () => {
    gateway.say(1, 120);
    stream.start();
    await following();
    for (let page = 0; page < 5; page += 1) take(await stream.earlier());
    expect(gateway.asked.slice(2)).toEqual(["history?before=71&limit=50", "history?before=21&limit=50"]);
    expect(seen).toEqual([...range(71, 120), ...range(21, 70), ...range(1, 20)]);
    expect(stream.hasEarlier).toBe(false);
  });

  test("reads on after a break where it was, however far back it was paged, and fills gaps of the stream", async () => {
    gateway.say(1, 60);
    stream.start();
    await following();
    take(await stream.earlier());
    gateway.say(61, 63);
    gateway.stream(61, 63);
    await vi.waitFor(() => expect(seen).toContain(63));
    gateway.live!.close();
    await following(2);
    expect(gateway.asked.slice(-2)).toEqual(["history?after=61", "events?after=63"]);
    expect(new Set(seen)).toEqual(new Set(range(1, 63)));
  });

  test("drops a page that comes after its conversation has gone", async () => {
    gateway.say(1, 120);
    stream.start();
    await following();
    let release = (): void => {};
    gateway.hold = new Promise((done) => (release = done));
    const paging = stream.earlier();
    gateway.log = [];
    seen.length = 0;
    stream.reset();
    release();
    take(await paging);
    await following(2);
    expect(seen).toEqual([]);
    expect(stream.hasEarlier).toBe(false);
  });
});
