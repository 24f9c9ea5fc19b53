import { type Labels, labels as english } from "./labels/en.js";

/** The languages that come with the widget; each is a file of its own, fetched when it is asked for. */
const LANGUAGES: Record<string, () => Promise<{ labels: Labels }>> = {
  de: () => import("./labels/de.js"),
  es: () => import("./labels/es.js"),
  fr: () => import("./labels/fr.js"),
  ar: () => import("./labels/ar.js"),
};

const RIGHT_TO_LEFT = /^(ar|fa|he|ur)\b/i;

/** The widget's own words in one language, and how that language writes times and in which direction. */
export class Words {
  constructor(
    readonly locale: string,
    private readonly labels: Labels = english,
  ) {}

  get direction(): "rtl" | "ltr" {
    return this.labels !== english && RIGHT_TO_LEFT.test(this.locale) ? "rtl" : "ltr";
  }

  readonly say = (key: keyof Labels, value: string | number = ""): string => this.labels[key].replace("{0}", () => String(value));

  /** Return the hour of an event, or "" where its time is not one. */
  clock(at: string | undefined): string {
    return this.#format(at, { timeStyle: "short" });
  }

  /** Return the day of an event as people say it: "today", "yesterday", or the date. */
  day(at: string | undefined, now: Date = new Date()): string {
    const then = new Date(at ?? now);
    const days = Math.round((midnight(then) - midnight(now)) / 86_400_000);
    if (days !== 0 && days !== -1) return this.#format(at, { dateStyle: "long" });
    return new Intl.RelativeTimeFormat(this.locale, { numeric: "auto" }).format(days, "day");
  }

  #format(at: string | undefined, options: Intl.DateTimeFormatOptions): string {
    const time = new Date(at ?? Date.now());
    return Number.isNaN(time.getTime()) ? "" : new Intl.DateTimeFormat(this.locale, options).format(time);
  }
}

/** Load the words of a language tag such as "de-AT"; English where there are none, or their file cannot be had. */
export async function loadWords(tag: string): Promise<Words> {
  const locale = canonical(tag);
  const load = LANGUAGES[locale.split("-")[0]!.toLowerCase()];
  try {
    return new Words(locale, load ? (await load()).labels : english);
  } catch {
    return new Words(locale);
  }
}

/** Return the tag as Intl takes it; a tag it does not take would make every date throw. */
function canonical(tag: string): string {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? "en";
  } catch {
    return "en";
  }
}

function midnight(time: Date): number {
  return new Date(time.getFullYear(), time.getMonth(), time.getDate()).getTime();
}
