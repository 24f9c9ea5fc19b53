import { afterEach, describe, expect, test, vi } from "vitest";
import { fault, megabytes, sender } from "../src/upload-rules.js";

const OFFER = { types: ["image/png", "application/pdf"], most_bytes: 2.5 * 1024 * 1024 };

test.each([
  ["image/png", 1, null],
  ["image/png", OFFER.most_bytes, null],
  ["image/png", OFFER.most_bytes + 1, "large"],
  ["image/png", 0, "empty"],
  ["text/html", 10, "kind"],
  ["image/png; charset=x", 10, "kind"],
  ["", 10, null], // the server tells it by the content
])("a file of type %j with %d bytes: %s", (type, size, expected) => expect(fault({ type, size }, OFFER)).toBe(expected));

test("the limit is said in megabytes", () => {
  expect(megabytes(OFFER)).toBe(2.5);
  expect(megabytes({ ...OFFER, most_bytes: 10 * 1024 * 1024 })).toBe(10);
});

describe("sending", () => {
  /** As much of the browser's request as is used; the test answers it. */
  class Wire {
    static last: Wire;
    upload: { onprogress?: (event: object) => void } = {};
    headers: Record<string, string> = {};
    status = 0;
    responseText = "";
    isAborted = false;
    body: unknown;
    onload = (): void => {};
    onerror = (): void => {};
    onabort = (): void => {};
    constructor() {
      Wire.last = this;
    }
    open = (): void => {};
    setRequestHeader = (name: string, value: string): void => void (this.headers[name] = value);
    getResponseHeader = (): string | null => (this.status === 503 ? "60" : null);
    send = (body: unknown): void => void (this.body = body);
    abort = (): void => {
      this.isAborted = true;
      this.onabort();
    };
    answer(status: number, text: string): void {
      Object.assign(this, { status, responseText: text });
      this.onload();
    }
  }
  afterEach(() => vi.unstubAllGlobals());
  const start = (signal = new AbortController().signal, shares: number[] = []): Promise<Response> => {
    vi.stubGlobal("XMLHttpRequest", Wire);
    return sender((share) => shares.push(share))("/chat/files", { method: "POST", headers: { Authorization: "Bearer t" }, body: "x", signal });
  };

  test("tells how far it is, and the answer with its wait", async () => {
    const shares: number[] = [];
    const sending = start(undefined, shares);
    Wire.last.upload.onprogress!({ loaded: 1, total: 4 });
    Wire.last.upload.onprogress!({ loaded: 0, total: 0 });
    Wire.last.answer(503, '{"error": {}}');
    const answer = await sending;
    expect([answer.status, answer.headers.get("Retry-After"), await answer.text()]).toEqual([503, "60", '{"error": {}}']);
    expect(shares).toEqual([0.25, 0]);
    expect(Wire.last.headers).toEqual({ Authorization: "Bearer t" });
  });

  test("ends when it is cancelled, also before it began, and when the line breaks", async () => {
    const cancel = new AbortController();
    const sending = start(cancel.signal);
    cancel.abort();
    await expect(sending).rejects.toThrow();
    expect(Wire.last.isAborted).toBe(true);
    await expect(start(cancel.signal)).rejects.toThrow();
    expect(Wire.last.body).toBeUndefined();
    const broken = start();
    Wire.last.onerror();
    await expect(broken).rejects.toThrow();
  });
});
