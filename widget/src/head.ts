import { html, nothing, type TemplateResult } from "lit-html";
import type { Conversation } from "./conversation.js";
import { closeIcon, menuIcon } from "./icons.js";
import type { Words } from "./words.js";

/** What the head of the panel shows and does. */
export interface Head {
  words: Words;
  title: string;
  picture: string | null;
  conversation: Conversation;
  /** The open menu, or null. */
  menu: TemplateResult | null;
  toggleMenu: () => void;
  restart: () => void;
  /** Null where the panel cannot be closed. */
  close: (() => void) | null;
}

export function headView(on: Head): TemplateResult {
  const { say } = on.words;
  return html`<header class="head">
      ${on.picture ? html`<img src=${on.picture} alt="" width="36" height="36" />` : nothing}
      <div class="who">
        <h2 id="title">${on.title}</h2>
        <p role="status" data-state=${on.conversation.connection}>${say(on.conversation.connection)}</p>
      </div>
      <button
        type="button"
        class="round"
        id="menu-button"
        aria-label=${say("menu")}
        aria-expanded=${!!on.menu}
        aria-controls="menu"
        @click=${on.toggleMenu}
      >${menuIcon}</button>
      ${on.close
        ? html`<button type="button" class="round" aria-label=${say("close")} @click=${on.close}>${closeIcon}</button>`
        : nothing}
    </header>
    <div id="menu" class="menu" ?hidden=${!on.menu}>${on.menu}</div>
    ${modeView(on)}`;
}

/** Say who answers, when it is not the assistant. */
function modeView({ words: { say }, conversation, restart }: Head): TemplateResult {
  const { mode, queue_position: place } = conversation.mode;
  const isTold = mode === "waiting" || mode === "human" || mode === "closed";
  const text = mode === "human" && conversation.agent ? say("humanNamed", conversation.agent) : isTold ? say(mode) : "";
  return html`<p class="banner" role="status" ?hidden=${!isTold}>
    ${text}${mode === "waiting" && Number.isInteger(place) ? ` ${say("place", place)}` : nothing}
    ${mode === "closed" ? html`<button type="button" class="link" @click=${restart}>${say("restart")}</button>` : nothing}
  </p>`;
}
