import { html, nothing, type TemplateResult } from "lit-html";
import type { ChatEvent } from "./api.js";
import type { CardContext } from "./cards.js";
import type { Row } from "./log.js";
import type { Delivery } from "./outbox.js";
import { isPlain, pieces } from "./text.js";

const LONG = 1500; // characters of an answer that are shown before the rest is asked for

/** What a row needs from the widget around it. */
export interface RowContext extends Omit<CardContext, "html" | "nothing" | "isPlain" | "formatted"> {
  redraw: () => void;
  isWhole: boolean;
  showAll: () => void;
  retry: () => void;
  edit: (row: Row) => void;
  /** What can be done with the file of a message. */
  file: (event: ChatEvent) => unknown;
}

/** Show one row of the conversation. */
export function rowView(row: Row, on: RowContext): TemplateResult {
  if (row.kind === "divider") return html`<p class="divider">${on.words.say("newConversation")}</p>`;
  if (row.kind === "status") {
    return html`<p class="divider" dir="auto">${on.words.say(row.event.mode === "human" ? "joined" : "gone", row.event.agent)}</p>`;
  }
  return row.kind === "user" ? question(row, on) : answer(row, on);
}

function question(row: Row, on: RowContext): TemplateResult {
  const state = row.delivery?.state ?? "sent";
  // "Sending" and "Sent" would only interrupt a screen reader; a failure must not stay silent.
  const isRoutine = /queued|sending|sent/.test(state);
  return html`<div class="row user" data-state=${state}>
    <span class="sr-only">${on.words.say("you")}: </span>
    <p class="bubble" dir="auto">${row.event.text}</p>
    ${on.file(row.event)}
    <p class="meta" aria-hidden=${isRoutine ? "true" : nothing}>${stateLine(row, row.delivery, on)}</p>
  </div>`;
}

function stateLine(row: Row, delivery: Delivery | undefined, on: RowContext): unknown {
  const { say } = on.words;
  switch (delivery?.state) {
    case "queued":
    case "sending":
      return say(delivery.state);
    case "slowed":
      return `${delivery.message} ${say("again", Math.ceil(delivery.wait / 1000))}`;
    case "failed":
      return html`${say("notSent")} <button type="button" class="link" @click=${on.retry}>${say("retry")}</button>`;
    case "refused":
      return html`${say("notSent")} ${delivery.message} ${row.item?.payload === undefined
        ? html`<button type="button" class="link" @click=${() => on.edit(row)}>${say("edit")}</button>`
        : nothing}`;
    default:
      return `${say("sent")} ${on.words.clock(row.event.at)}`;
  }
}

function answer(row: Row, on: RowContext): TemplateResult {
  const { type, text, name, image, card, buttons, proactive } = row.event;
  const shown = type === "agent" ? name : proactive && text && on.words.say("news");
  return html`<div class="row ${row.kind}">
    ${card && !text ? nothing : html`<span class="sr-only">${shown || on.words.say(type === "notice" ? "note" : "assistant")}: </span>`}
    ${shown ? html`<span class="speaker" aria-hidden="true">${shown}</span>` : nothing}
    ${text ? html`<p class="bubble" dir="auto">${formatted(String(text), on)}</p>` : nothing}
    ${image || card ? shownOf(on) : nothing}
    ${Array.isArray(buttons) && buttons.length ? choices(row, on) : nothing}
  </div>`;
}

let cards: typeof import("./cards.js") | undefined;

/** Show a picture or a card; what draws them is fetched with the first one, and the text stands there meanwhile. */
function shownOf(on: RowContext): unknown {
  if (cards) return cards.shownView({ ...on, html, nothing, isPlain, formatted: (text) => formatted(text, on) });
  void import("./cards.js").then(
    (loaded) => {
      cards = loaded;
      on.redraw();
    },
    () => {}, // the next drawing tries again
  );
  return nothing;
}

function formatted(text: string, on: RowContext): unknown {
  const isCut = text.length > LONG && !on.isWhole;
  const shown = pieces(isCut ? `${text.slice(0, LONG)}…` : text).map((piece) => {
    if (typeof piece === "string") return piece;
    return "strong" in piece ? html`<strong>${piece.strong}</strong>` : link(piece.href, piece.href);
  });
  return isCut ? [shown, html` <button type="button" class="link" @click=${on.showAll}>${on.words.say("more")}</button>`] : shown;
}

function link(href: string, text: string): TemplateResult {
  return html`<a href=${href} target="_blank" rel="noopener noreferrer">${text}</a>`;
}

function choices(row: Row, on: RowContext): TemplateResult {
  const offers = row.event.buttons!.map(({ title, payload }) => ({ title: String(title), payload }));
  return html`<div class="choices" role="group" aria-label=${row.event.text || nothing}>
    ${offers.map(
      (offer) => html`<button
        type="button"
        dir="auto"
        class="choice ${row.picked === offer.title ? "chosen" : ""}"
        ?disabled=${!on.isOpen}
        @click=${() => on.pick(row, offer)}
      >${offer.title}</button>`,
    )}
  </div>`;
}
