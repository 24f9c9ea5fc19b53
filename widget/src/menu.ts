import type { html as Html, TemplateResult } from "lit-html";
import type { Conversation } from "./conversation.js";
import { menuWordsFor } from "./menu-words.js";
import { chime } from "./sound.js";
import { save, transcript } from "./transcript.js";
import type { Words } from "./words.js";

export { chime };

export type MenuState = "closed" | "open" | "restart" | "erase" | "working" | "failed" | "done" | "promised";

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
  if (on.state !== "open") return erasing(on, on.state as Erasing);
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
    ${on.conversation.exists ? entry(menuWordsFor(on.words.locale).erase, () => on.set("erase")) : null}
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
          <button type="button" class="choice" @click=${() => set("closed")}>${words.say("no")}</button>`}`;
}
