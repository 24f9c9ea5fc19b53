import type { Row } from "./log.js";
import type { Words } from "./words.js";

/** Write the conversation as plain text, a line of who and when above each message. */
export function transcript(rows: readonly Row[], words: Words): string {
  return rows.map((row) => paragraph(row, words)).join("\n\n") + "\n";
}

function paragraph({ kind, event }: Row, words: Words): string {
  if (kind === "divider") return `— ${words.say("newConversation")} —`;
  if (kind === "status") return `— ${words.say(event.mode === "human" ? "joined" : "gone", event.agent)} —`;
  const who = { user: words.say("you"), bot: words.say("assistant"), notice: words.say("note"), agent: event.name ?? "" }[kind];
  const lines = [event.text, event.card?.title, ...(event.card?.fields ?? []).map(({ label, value }) => `${label}: ${value}`)];
  return [`${who || words.say("assistant")}, ${words.day(event.at)} ${words.clock(event.at)}`, ...lines.filter(Boolean)].join("\n");
}
