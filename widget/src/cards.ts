import type { html as Html, nothing as Nothing, TemplateResult } from "lit-html";
import type { Card, Choice } from "./api.js";
import styles from "./cards.css";
import { cardWordsFor } from "./cards-words.js";
import { isOwnPicture } from "./picture.js";
import type { Row } from "./log.js";
import type { Words } from "./words.js";

const sheet = new CSSStyleSheet();
sheet.replaceSync(styles);

/** What a card or a picture needs from the widget around it, which every visitor has loaded: this file is loaded with the first one. */
export interface CardContext {
  html: typeof Html;
  nothing: typeof Nothing;
  isPlain: (address: string) => boolean;
  formatted: (text: string) => unknown;
  root: ShadowRoot;
  words: Words;
  server: string;
  row: Row;
  isOpen: boolean;
  pick: (row: Row, choice: Choice) => void;
  resized: () => void;
}

/** Show the picture and the card of a row. */
export function shownView(on: CardContext): unknown {
  const { image, alt, card } = on.row.event;
  return [image ? picture(String(image), alt, on) : on.nothing, card && typeof card === "object" ? cardView(card, on) : on.nothing];
}

/** Show our own picture; one from elsewhere would tell that host who is reading, so it is offered as a link. */
function picture(source: string, alt: string | undefined, on: CardContext): TemplateResult {
  const { html } = on;
  if (!isOwnPicture(source, on.server)) return html`<p class="bubble">${on.formatted(source)}</p>`;
  return html`<img src=${new URL(source, on.server).href} alt=${alt ?? cardWordsFor(on.words.locale).picture} @load=${on.resized} />`;
}

/** Show one card, or a row of cards that scrolls sideways; not read out when it comes, since the text before it says it. */
function cardView(card: Card, on: CardContext): TemplateResult {
  const { adoptedStyleSheets: sheets } = on.root;
  if (!sheets.includes(sheet)) sheets.push(sheet);
  return on.html`<div class="cards" aria-live="off">${row(card, on)}</div>`;
}

function row(card: Card, on: CardContext): TemplateResult {
  const { html } = on;
  if (!Array.isArray(card.items)) return single(card, on);
  // Browsers leave a card half out of sight that the keyboard comes to; and snapping would undo what arrow keys scroll.
  const reveal = ({ target }: Event): void => (target as Element).scrollIntoView({ block: "nearest" });
  return html`<ul class="carousel" tabindex="0" aria-label=${card.title ?? cardWordsFor(on.words.locale).results} @focusin=${reveal}>
    ${card.items.filter((item) => item && typeof item === "object").map((item) => html`<li>${single(item, on)}</li>`)}
  </ul>`;
}

function single(card: Card, on: CardContext): TemplateResult {
  const { html, nothing, isPlain } = on;
  const { title, subtitle, image, alt, url, buttons } = card;
  const open = typeof card.link === "string" ? card.link : cardWordsFor(on.words.locale).open;
  const rows = pairs(card);
  return html`<div class="card">
    ${typeof image === "string" && isOwnPicture(image, on.server)
      ? html`<img src=${new URL(image, on.server).href} alt=${alt} @load=${on.resized} />`
      : nothing}
    ${title ? html`<p class="card-title" dir="auto">${title}</p>` : nothing}
    ${subtitle ? html`<p class="card-subtitle" dir="auto">${subtitle}</p>` : nothing}
    ${rows.length ? html`<dl>${rows.map(([label, value]) => html`<dt>${label}</dt><dd dir="auto">${value}</dd>`)}</dl>` : nothing}
    ${typeof url === "string" && isPlain(url)
      ? html`<a class="choice" href=${url} target="_blank" rel="noopener noreferrer" dir="auto" aria-label="${open} ${title ?? ""}"
          >${open}</a
        >`
      : nothing}
    ${(Array.isArray(buttons) ? buttons : []).filter(Boolean).map(
      (choice) =>
        html`<button
          type="button"
          dir="auto"
          class="choice"
          aria-label="${choice.title} ${title ?? ""}"
          ?disabled=${!on.isOpen}
          @click=${() => on.pick(on.row, choice)}
        >${choice.title}</button>`,
    )}
  </div>`;
}

const NAMED = ["title", "subtitle", "image", "alt", "url", "link", "buttons", "fields"];

/** {fields: [{label, value}]}, or any flat object, as labels and values. */
function pairs(card: Card): [string, string | number][] {
  const found: [string, unknown][] = Array.isArray(card.fields)
    ? card.fields.map((field) => [field?.label, field?.value])
    : Object.entries(card).filter(([key]) => !NAMED.includes(key));
  return found.filter((pair): pair is [string, string | number] => ["string", "number"].includes(typeof pair[1]));
}
