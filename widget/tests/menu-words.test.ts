import { expect, test } from "vitest";
import { menuWords, menuWordsFor } from "../src/menu-words.js";

test.each(["ar", "de", "en", "es", "fr"])("the menu's words in %s are all there", (language) => {
  const words = menuWords[language]!;
  expect(Object.keys(words)).toEqual(Object.keys(menuWords.en!));
  for (const [key, text] of Object.entries(words)) expect(text.trim(), key).not.toBe("");
  expect(menuWordsFor(`${language}-XX`)).toBe(words);
});

test("a language that is not there gets English", () => expect(menuWordsFor("pt-BR").close).toBe("Close"));
