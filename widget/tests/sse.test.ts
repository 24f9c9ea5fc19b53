import { expect, test } from "vitest";
import { EventParser } from "../src/sse.js";

const TEXT =
  ": hi\r\n\r\nid: 1\r\ndata: a: b\r\ndata:  c\r\n\r\n" + "id:2\ndata:d\n\n:\nid: 3\rdata\r\rdata: e\n\n" + "data: unfinished";
const EVENTS = [
  { id: "1", data: "a: b\n c" },
  { id: "2", data: "d" },
  { id: "3", data: "" },
  { id: "", data: "e" },
];

test("wherever a stream is cut in three, the events are the same", () => {
  const wrong = [];
  for (let first = 0; first <= TEXT.length; first++) {
    for (let second = first; second <= TEXT.length; second++) {
      const parser = new EventParser();
      const chunks = [TEXT.slice(0, first), TEXT.slice(first, second), TEXT.slice(second)];
      const got = chunks.flatMap((chunk) => parser.push(chunk));
      if (JSON.stringify(got) !== JSON.stringify(EVENTS)) wrong.push([first, second, got]);
    }
  }
  expect(wrong).toEqual([]);
});
