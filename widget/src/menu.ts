import type { html as Html, TemplateResult } from "lit-html";
import type { Conversation } from "./conversation.js";
import { chime } from "./sound.js";
import { save, transcript } from "./transcript.js";
import type { Words } from "./words.js";

export { chime };

export type MenuState = "closed" | "open" | "restart";

/** What the menu shows and does. */
export interface Menu {
  /** The widget's own: importing it here would put lit-html into a third file, which every visitor had to load. */
  html: typeof Html;
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
  const { say } = on.words;
  if (on.state === "restart") {
    return html`<p id="sure">${say("restartSure")}</p>
      <button type="button" class="choice" aria-describedby="sure" @click=${on.restart}>${say("yes")}</button>
      <button type="button" class="choice" @click=${() => on.set("closed")}>${say("no")}</button>`;
  }
  const entry = (text: string, act: () => void): TemplateResult => html`<li><button type="button" @click=${act}>${text}</button></li>`;
  const { log } = on.conversation;
  const download = (): void => {
    save(transcript(log.rows, on.words), "conversation.txt");
    on.set("closed");
  };
  return html`<ul>
    ${entry(say(on.hasSound ? "soundOff" : "soundOn"), on.toggleSound)}
    ${log.rows.length ? entry(say("download"), download) : null}
    ${log.hasQuestion ? entry(say("restart"), () => on.set("restart")) : null}
  </ul>`;
}
