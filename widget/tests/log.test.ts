import { beforeEach, describe, expect, test } from "vitest";
import { Log } from "../src/log.js";

const shown = (log: Log): unknown[] => log.rows.map(({ kind, event }) => (kind === "divider" ? "-----" : event.text));
const bot = (seq: number) => ({ type: "bot", seq, text: `bot ${seq}` });
const item = (id: string, text = id) => ({ id, text });

describe("the log", () => {
  let log: Log;
  beforeEach(() => (log = new Log()));

  test("shows each event once, in the order of its number, for any order and repetition", () => {
    const orders = [[1, 2, 3], [3, 2, 1], [2, 3, 1], [1, 1, 3, 2, 2], [3, 1, 3, 2]];
    for (const order of orders) {
      log = new Log();
      for (const seq of order) log.add(bot(seq));
      expect(shown(log)).toEqual(["bot 1", "bot 2", "bot 3"]);
    }
  });

  describe("a word on waiting", () => {
    const slow = { type: "notice", kind: "slow", seq: 1, text: "still checking" };
    const agent = { type: "agent", seq: 2, text: "agent 2" };
    const news = { ...bot(2), proactive: true };

    test.each([bot(2), agent])("goes when it is answered, in whatever order they come: %j", (answer) => {
      for (const order of [[slow, answer], [answer, slow]]) {
        log = new Log();
        for (const event of order) expect(log.add(event)).toBe(true);
        expect(shown(log)).toEqual([answer.text]);
        expect(log.add(slow)).toBe(false);
      }
    });

    test("stays while nothing came but another question, a remark, a person of the team, or news", () => {
      const others = [{ type: "user", id: "a", seq: 3, text: "?" }, { type: "notice", seq: 4, text: "hidden" }, { type: "status", mode: "human", agent: "Maya", seq: 5 }];
      for (const event of [slow, news, ...others]) log.add(event);
      expect(shown(log)).toEqual(["still checking", "bot 2", "?", "hidden", undefined]);
    });

    test("stays when what was answered was asked before", () => {
      log.add({ ...slow, seq: 3 });
      log.add(bot(2));
      expect(shown(log)).toEqual(["bot 2", "still checking"]);
    });

    test("stays where a gateway of before does not call it that", () => {
      log.add({ type: "notice", seq: 1, text: "still checking" });
      log.add(bot(2));
      expect(shown(log)).toEqual(["still checking", "bot 2"]);
    });
  });

  test("passes over what it does not know", () => {
    for (const event of [{ type: "hologram", seq: 1 }, { type: "bot" }, { type: "bot", seq: 1.5 }]) expect(log.add(event)).toBe(false);
    expect(log.rows).toEqual([]);
  });

  test("forgets everything of a conversation that was deleted, and begins anew", () => {
    log.add(bot(1));
    log.startOver();
    log.add(bot(1));
    log.mark(item("a"), { state: "queued" });
    log.clear();
    expect(log.rows).toEqual([]);
    expect(log.add(bot(1))).toBe(true);
    expect(shown(log)).toEqual(["bot 1"]);
  });

  test("keeps an unsent message last, and the same row when it arrives", () => {
    log.mark(item("a"), { state: "queued" });
    const row = log.rows[0];
    log.add(bot(1));
    expect(shown(log)).toEqual(["bot 1", "a"]);
    log.mark(item("a"), { state: "sent", seq: 2 });
    log.add({ type: "user", id: "a", seq: 2, text: "[hidden]" });
    log.add(bot(3));
    expect(shown(log)).toEqual(["bot 1", "[hidden]", "bot 3"]);
    expect(log.rows[1]).toBe(row);
  });

  test("keeps unsent messages in the order in which they were written, whichever is tried", () => {
    for (const id of ["a", "b"]) log.mark(item(id), { state: "queued" });
    log.mark(item("a"), { state: "sending" });
    expect(shown(log)).toEqual(["a", "b"]);
  });

  test("shows a message of another tab like one's own", () => {
    log.add({ type: "user", id: "other", seq: 1, text: "from there" });
    expect(log.rows[0]).toMatchObject({ kind: "user", delivery: { state: "sent" } });
  });

  test("offers choices once, and only until the person has said something else", () => {
    log.add({ ...bot(1), buttons: [{ title: "Yes" }] });
    log.add({ ...bot(2), buttons: [{ title: "Yes" }] });
    const [first, second] = log.rows;
    expect([log.isOpen(first!), log.isOpen(second!)]).toEqual([true, true]);
    log.pick(second!, "Yes");
    expect(log.isOpen(second!)).toBe(false);
    log.mark(item("a"), { state: "queued" });
    expect(log.isOpen(first!)).toBe(false);
  });

  test("draws a line under a conversation that ended, and takes the unsent along", () => {
    log.add(bot(1));
    log.mark(item("late"), { state: "queued" });
    log.startOver();
    log.add({ type: "user", id: "late", seq: 1, text: "late" });
    log.add(bot(2));
    expect(shown(log)).toEqual(["bot 1", "-----", "late", "bot 2"]);
    expect(new Set(log.rows.map(({ key }) => key)).size).toBe(4);
    log.startOver();
    log.startOver();
    expect(shown(log).filter((text) => text === "-----")).toHaveLength(2);
  });

  test("takes a refused message out again", () => {
    log.mark(item("a"), { state: "refused", message: "too long" });
    log.takeBack("a");
    expect(log.rows).toEqual([]);
  });
});
