import { expect, test } from "vitest";
import { textOn } from "../src/colour.js";

test.each([
  ["#1f4a3d", "#fff"],
  ["#000", "#fff"],
  ["#fff", "#000"],
  ["#ffd600", "#000"],
  ["#777777", "#000"],
  ["red", null],
  ["#12345", null],
  ["", null],
  ["#fff; background: url(x)", null],
])("on %s text is %s", (colour, text) => expect(textOn(colour)).toBe(text));
