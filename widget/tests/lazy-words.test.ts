import { describe, expect, test } from "vitest";
import { cardWords, cardWordsFor } from "../src/cards-words.js";
import { menuWords, menuWordsFor } from "../src/menu-words.js";
import { uploadSay, uploadWords } from "../src/upload-words.js";

const TABLES: Record<string, Record<string, Record<string, string>>> = { cards: cardWords, menu: menuWords, upload: uploadWords };

describe.each(Object.keys(TABLES))("the words of %s", (name) => {
  test.each(["ar", "de", "en", "es", "fr"])("are all there in %s, with the same places to fill", (language) => {
    const [words, english] = [TABLES[name]![language]!, TABLES[name]!.en!];
    expect(Object.keys(words).sort()).toEqual(Object.keys(english).sort());
    for (const [key, text] of Object.entries(words)) {
      expect(text.trim(), key).not.toBe("");
      expect(text.match(/\{\d\}/g)?.sort(), key).toEqual(english[key]!.match(/\{\d\}/g)?.sort());
    }
  });
});

test("a language tag gets its own words, one that is not there the English", () => {
  expect([cardWordsFor("de-AT").open, cardWordsFor("pt-BR").open]).toEqual([cardWords.de!.open, cardWords.en!.open]);
  expect([menuWordsFor("ar-EG").close, menuWordsFor("pt-BR").close]).toEqual([menuWords.ar!.close, "Close"]);
  expect(uploadSay("de-AT", "large", "a$&.png", 2.5)).toBe("a$&.png ist größer als 2.5 MB.");
  expect(uploadSay("pt-BR", "empty", "{1}")).toBe("{1} is empty.");
});
