// Turns events into elements. Text stays text; only http(s) addresses in answers become links.
import { el } from "./dom.js";
import { words } from "./words.js";

const ADDRESS = /https?:\/\/[^\s<>"'`]+/giu;

/** An answer from the bot, a person, or a notice; null for a type this page does not know. */
export function answer(event, onPick) {
  const speakers = { bot: words.assistant, notice: words.note, agent: event.name || words.assistant };
  if (!Object.hasOwn(speakers, event.type)) return null;
  const row = el("div", { className: `row ${event.type}` }, el("span", { className: "sr-only" }, `${speakers[event.type]}: `));
  if (event.type === "agent" && event.name) row.append(el("span", { className: "speaker", ariaHidden: "true" }, event.name));
  if (event.text) row.append(el("p", { className: "bubble", dir: "auto" }, ...linked(String(event.text))));
  if (event.image) row.append(image(String(event.image)));
  if (event.card) row.append(card(event.card));
  if (Array.isArray(event.buttons) && event.buttons.length) row.append(buttons(event.buttons, onPick));
  return row;
}

/** A message of the person, with a line for its state. */
export function question(text) {
  return el(
    "div",
    { className: "row user" },
    el("span", { className: "sr-only" }, `${words.you}: `),
    el("p", { className: "bubble", dir: "auto" }, text),
    el("p", { className: "meta" }),
  );
}

function linked(text) {
  const parts = [];
  let end = 0;
  for (const { 0: found, index } of text.matchAll(ADDRESS)) {
    const address = trimmed(found);
    if (!isPlain(address)) continue;
    parts.push(text.slice(end, index), link(address, address));
    end = index + address.length;
  }
  return [...parts, text.slice(end)];
}

/** Leaves out punctuation that ends the sentence rather than the address. */
function trimmed(address) {
  const open = (address.match(/\(/g) ?? []).length;
  const closed = (address.match(/\)/g) ?? []).length;
  return address.replace(closed > open ? /[.,;:!?*\])}]+$/ : /[.,;:!?*\]}]+$/, "");
}

/** "https://bank.example@elsewhere" shows one host and opens another: that stays text. */
function isPlain(address) {
  if (!URL.canParse(address)) return false;
  const { protocol, username, password } = new URL(address);
  return ["http:", "https:"].includes(protocol) && !username && !password;
}

function link(href, text) {
  return el("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
}

/** The page's policy shows only its own pictures; another one is offered as a link. */
function image(source) {
  const isAddress = /^(\/|https?:)/.test(source) && URL.canParse(source, location.href);
  const isOurs = isAddress && new URL(source, location.href).origin === location.origin;
  if (isOurs || /^data:image\/(png|jpeg|gif|webp);/.test(source)) {
    return el("img", { src: source, alt: words.imageAlt, loading: "lazy" });
  }
  return el("p", { className: "bubble" }, ...linked(source));
}

/** {title, fields: [{label, value}]}, or any flat object, as a definition list. */
function card({ title, fields, ...others }) {
  const pairs = Array.isArray(fields) ? fields.map(({ label, value }) => [label, value]) : Object.entries(others);
  const shown = pairs.filter(([, value]) => ["string", "number"].includes(typeof value));
  const list = el("dl", {}, ...shown.flatMap(([label, value]) => [el("dt", {}, label), el("dd", { dir: "auto" }, value)]));
  return el("div", { className: "card" }, title ? el("p", { className: "card-title" }, title) : null, list);
}

function buttons(offers, onPick) {
  const group = el("div", { className: "choices", role: "group" });
  for (const { title, payload } of offers) {
    const button = el("button", { type: "button", className: "choice" }, String(title));
    button.addEventListener("click", () => {
      group.dataset.used = "";
      button.classList.add("chosen");
      onPick({ title: String(title), ...(payload === undefined ? { text: String(title) } : { payload }) });
    });
    group.append(button);
  }
  return group;
}
