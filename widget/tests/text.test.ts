import { describe, expect, test } from "vitest";
import { isOwnPicture } from "../src/picture.js";
import { pieces } from "../src/text.js";

describe("pieces", () => {
  test.each([
    ["ORD_1001_A [x] 3*4*5", ["ORD_1001_A [x] 3*4*5"]],
    ["**now**", [{ strong: "now" }]],
    ["a **b c** d", ["a ", { strong: "b c" }, " d"]],
    ["2**3**4, ** a **, ****, **a\nb**", ["2**3**4, ** a **, ****, **a\nb**"]],
    ["see https://example.test/a_(b)?q=1, ok", ["see ", { href: "https://example.test/a_(b)?q=1" }, ", ok"]],
    ["(http://example.test/c).", ["(", { href: "http://example.test/c" }, ")."]],
    ["https://bank.test@evil.test/ javascript:alert(1) https://", ["https://bank.test@evil.test/ javascript:alert(1) https://"]],
    ["", []],
  ])("%s", (text, expected) => expect(pieces(text)).toEqual(expected));

  test("nothing of a text is lost but the stars around what is strong", () => {
    const signs = ["*", "**", "a", " ", "\n", "(", ")", "http://x.test/", "<b>", "_", "."];
    for (let seed = 1; seed < 3000; seed++) {
      let state = seed;
      const next = () => (state = (state * 48271) % 2147483647);
      const text = Array.from({ length: 9 }, () => signs[next() % signs.length]).join("");
      const shown = pieces(text).map((piece) => (typeof piece === "string" ? piece : "strong" in piece ? `**${piece.strong}**` : piece.href));
      expect(shown.join("")).toBe(text);
    }
  });
});

describe("a picture is shown only if it is ours", () => {
  test.each([
    ["/static/tee.svg", true],
    ["https://shop.test/a.png", true],
    ["data:image/png;base64,AAAA", true],
    ["https://elsewhere.test/a.png", false],
    ["//elsewhere.test/a.png", false],
    ["data:text/html,<script>", false],
    ["javascript:alert(1)", false],
    ["https://", false],
  ])("%s: %s", (source, expected) => expect(isOwnPicture(source, "https://shop.test")).toBe(expected));
});
