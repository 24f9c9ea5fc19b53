import { html, nothing, type TemplateResult } from "lit-html";
import type { Card, Choice } from "./api.js";
import type { Row } from "./log.js";
import { isOwnPicture, isPlain } from "./text.js";
import type { Words } from "./words.js";

/** What a card needs from the widget around it. */
export interface CardContext {
  words: Words;
  server: string;
  row: Row;
  isOpen: boolean;
  pick: (row: Row, choice: Choice) => void;
  resized: () => void;
}

/** Show one card, or a row of cards that scrolls sideways. */
export function cardView(card: Card, on: CardContext): TemplateResult {
  if (!Array.isArray(card.items)) return single(card, on);
  // Browsers leave a card half out of sight that the keyboard comes to; and snapping would undo what arrow keys scroll.
  const reveal = ({ target }: Event): void => (target as Element).scrollIntoView({ block: "nearest" });
  return html`<ul class="carousel" tabindex="0" aria-label=${card.title ?? on.words.say("results")} @focusin=${reveal}>
    ${card.items.filter((item) => item && typeof item === "object").map((item) => html`<li>${single(item, on)}</li>`)}
  </ul>`;
}

function single(card: Card, on: CardContext): TemplateResult {
  const { title, subtitle, image, alt, url, buttons } = card;
  const rows = pairs(card);
  return html`<div class="card">
    ${typeof image === "string" && isOwnPicture(image, on.server)
      ? html`<img src=${new URL(image, on.server).href} alt=${alt} @load=${on.resized} />`
      : nothing}
    ${title ? html`<p class="card-title" dir="auto">${title}</p>` : nothing}
    ${subtitle ? html`<p class="card-subtitle" dir="auto">${subtitle}</p>` : nothing}
    ${rows.length ? html`<dl>${rows.map(([label, value]) => html`<dt>${label}</dt><dd dir="auto">${value}</dd>`)}</dl>` : nothing}
    ${typeof url === "string" && isPlain(url)
      ? html`<a class="choice" href=${url} target="_blank" rel="noopener noreferrer" aria-label="${on.words.say("open")} ${title}"
          >${on.words.say("open")}</a
        >`
      : nothing}
    ${(Array.isArray(buttons) ? buttons : []).map(
      (choice) =>
        html`<button type="button" dir="auto" class="choice" ?disabled=${!on.isOpen} @click=${() => on.pick(on.row, choice)}>${choice.title}</button>`,
    )}
  </div>`;
}

const NAMED = ["title", "subtitle", "image", "alt", "url", "buttons", "fields"];

/** {fields: [{label, value}]}, or any flat object, as labels and values. */
function pairs(card: Card): [string, string | number][] {
  const found: [string, unknown][] = Array.isArray(card.fields)
    ? card.fields.map((field) => [field?.label, field?.value])
    : Object.entries(card).filter(([key]) => !NAMED.includes(key));
  return found.filter((pair): pair is [string, string | number] => ["string", "number"].includes(typeof pair[1]));
}
