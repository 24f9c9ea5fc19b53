import type { html as Html, TemplateResult } from "lit-html";
import type { Conversation } from "./conversation.js";
import styles from "./menu.css";
import { menuWordsFor } from "./menu-words.js";
import { chime } from "./sound.js";
import { save } from "./save.js";
import { transcript } from "./transcript.js";
import type { Words } from "./words.js";

export { chime };

const sheet = new CSSStyleSheet();
sheet.replaceSync(styles);

export type MenuState = "closed" | "open" | "unsaved" | "restart" | "erase" | "working" | "failed" | "done" | "promised";

/** What the menu shows and does. */
export interface Menu {
  /** The widget's own: importing it here would put lit-html into a third file, which every visitor had to load. */
  html: typeof Html;
  root: ShadowRoot;
  words: Words;
  conversation: Conversation;
  state: MenuState;
  hasSound: boolean;
  set: (state: MenuState) => void;
  toggleSound: () => void;
  restart: () => void;
}

/** The panel's menu; with what it does, a file of its own, since few conversations open it. */
export function menuView(on: Menu): TemplateResult {
  const { html } = on;
  const own = menuWordsFor(on.words.locale);
  const { adoptedStyleSheets: sheets } = on.root;
  if (!sheets.includes(sheet)) sheets.push(sheet);
  if (on.state === "restart") {
    return html`<p id="sure">${own.restartSure}</p>
      <button type="button" class="choice" aria-describedby="sure" @click=${on.restart}>${own.restartYes}</button>
      <button type="button" class="choice" @click=${() => on.set("closed")}>${own.no}</button>`;
  }
  if (on.state === "unsaved") {
    return html`<p id="sure" role="status">${own.unsaved}</p>
      <button type="button" class="choice" aria-describedby="sure" @click=${() => on.set("closed")}>${own.close}</button>`;
  }
  if (on.state !== "open") return erasing(on, on.state as Erasing);
  const entry = (text: string, act: () => unknown): TemplateResult => html`<li><button type="button" @click=${act}>${text}</button></li>`;
  const { log } = on.conversation;
  const download = async (): Promise<void> => {
    while (on.conversation.hasEarlier) if (!(await on.conversation.earlier())) return on.set("unsaved");
    save(new Blob([transcript(log.rows, on.words)], { type: "text/plain" }), "conversation.txt");
    on.set("closed");
  };
  return html`<ul>
    ${entry(on.hasSound ? own.soundOff : own.soundOn, on.toggleSound)}
    ${log.rows.length ? entry(own.download, download) : null}
    ${log.hasQuestion ? entry(on.words.say("restart"), () => on.set("restart")) : null}
    ${on.conversation.held ? entry(own.erase, () => on.set("erase")) : null}
  </ul>`;
}

type Erasing = "erase" | "working" | "failed" | "done" | "promised";

/** Ask whether the conversation is to be deleted, do it, and say how that went. */
function erasing({ html, words, conversation, set }: Menu, state: Erasing): TemplateResult {
  const own = menuWordsFor(words.locale);
  const isOver = state === "done" || state === "promised";
  const erase = async (): Promise<void> => {
    set("working");
    set(await conversation.erase().then((promised) => (promised ? "promised" : "done"), () => "failed"));
  };
  return html`<p id="sure" role="status">${own[state === "erase" ? "sure" : state]}</p>
    ${isOver
      ? html`<button type="button" class="choice" @click=${() => set("closed")}>${own.close}</button>`
      : html`<button type="button" class="choice" aria-describedby="sure" ?disabled=${state === "working"} @click=${erase}>${own.yes}</button>
          <button type="button" class="choice" @click=${() => set("closed")}>${own.no}</button>`}`;
}
