import { html, nothing, type TemplateResult } from "lit-html";
import { sendIcon } from "./icons.js";
import type { Words } from "./words.js";

const LIMIT = 2000; // characters as the server counts them: code points
const NEAR = 200;

/** Return how many characters a draft may still get; below zero it cannot be sent. */
export function room(draft: string): number {
  return LIMIT - [...draft.trim()].length;
}

/** Show the field in which the person writes. */
export function composerView(draft: string, words: Words, typed: (text: string) => void, submit: () => void): TemplateResult {
  const left = room(draft);
  const key = (event: KeyboardEvent): void => {
    // Enter also ends the choice of a word in Chinese or Japanese input: that is not yet the message.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  };
  const send = (event: Event): void => {
    event.preventDefault();
    submit();
  };
  return html`<form class="composer" @submit=${send}>
    <textarea
      rows="1"
      dir="auto"
      aria-label=${words.say("yourMessage")}
      placeholder=${words.say("write")}
      autocomplete="off"
      enterkeyhint="send"
      aria-describedby="count"
      aria-invalid=${left < 0}
      @input=${(event: Event) => typed((event.target as HTMLTextAreaElement).value)}
      @keydown=${key}
    ></textarea>
    <button type="submit" class="round send" aria-label=${words.say("send")} ?disabled=${left < 0}>${sendIcon}</button>
    <p id="count" class="count" role="status">${left > NEAR ? nothing : words.say(left < 0 ? "over" : "left", Math.abs(left))}</p>
  </form>`;
}
