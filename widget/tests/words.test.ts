import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { labels as english } from "../src/labels/en.js";
import { loadWords } from "../src/words.js";

const LANGUAGES = readdirSync(new URL("../src/labels", import.meta.url)).map((name) => name.slice(0, 2));

describe.each(LANGUAGES)("the words in %s", (language) => {
  test("are all there, with the same places to fill", async () => {
    const { labels } = (await import(`../src/labels/${language}.ts`)) as { labels: Record<string, string> };
    expect(Object.keys(labels).sort()).toEqual(Object.keys(english).sort());
    for (const [key, text] of Object.entries(labels)) {
      expect(text.trim(), key).not.toBe("");
      expect(text.includes("{0}"), key).toBe(english[key as keyof typeof english].includes("{0}"));
    }
  });

  test("are those that a language tag gets", async () => {
    const words = await loadWords(`${language}-XX`);
    const { labels } = (await import(`../src/labels/${language}.ts`)) as { labels: typeof english };
    expect(words.say("greeting")).toBe(labels.greeting);
  });
});

test("at least the five languages are there", () => expect(LANGUAGES).toEqual(expect.arrayContaining(["ar", "de", "en", "es", "fr"])));

test.each(["pt", "x", "", "not a tag!", "en-US"])("%j gets English, from left to right", async (tag) => {
  const words = await loadWords(tag);
  expect(words.say("send")).toBe(english.send);
  expect(words.direction).toBe("ltr");
  expect(words.clock("2026-01-20T09:05:00Z")).not.toBe("");
});

test("Arabic runs from right to left", async () => expect((await loadWords("ar-EG")).direction).toBe("rtl"));

test("days are told as people tell them", async () => {
  const words = await loadWords("en");
  const now = new Date(2026, 0, 20, 0, 5);
  expect(words.day(new Date(2026, 0, 20, 0, 1).toISOString(), now)).toBe("today");
  expect(words.day(new Date(2026, 0, 19, 23, 59).toISOString(), now)).toBe("yesterday");
  expect(words.day(new Date(2026, 0, 18).toISOString(), now)).toBe("January 18, 2026");
  expect(words.day("nonsense", now)).toBe("");
});
