/** What is said of pictures and cards; the words travel with what draws them. */
const english = {
  picture: "Picture sent by the assistant",
  results: "Results",
  open: "Open",
};

export type CardWords = typeof english;

export const cardWords: Record<string, CardWords> = {
  en: english,
  de: {
    picture: "Bild vom Assistenten",
    results: "Ergebnisse",
    open: "Öffnen",
  },
  es: {
    picture: "Imagen enviada por el asistente",
    results: "Resultados",
    open: "Abrir",
  },
  fr: {
    picture: "Image envoyée par l’assistant",
    results: "Résultats",
    open: "Ouvrir",
  },
  ar: {
    picture: "صورة أرسلها المساعد",
    results: "النتائج",
    open: "فتح",
  },
};

/** Return the words of a language tag, or the English ones. */
export function cardWordsFor(locale: string): CardWords {
  return cardWords[locale.split("-")[0]!.toLowerCase()] ?? english;
}
