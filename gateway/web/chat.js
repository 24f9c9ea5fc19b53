// Wires the chat panel of this page to the chat API (docs/reference/chat-api.md).
import { Log } from "./chat/log.js";
import { Outbox } from "./chat/outbox.js";
import { Panel } from "./chat/panel.js";
import { Session } from "./chat/session.js";
import { Stream } from "./chat/stream.js";

const list = document.getElementById("chat-log");
let mode = { seq: 0 };

const session = new Session({
  onReplaced() {
    mode = { seq: 0 };
    panel.showMode({});
    panel.showTyping(false);
    log.startOver();
    stream.reset();
  },
});

const log = new Log(list, list.parentElement, {
  pick: (choice) => send(choice),
  retry() {
    outbox.resume();
    panel.focus();
  },
  edit: (text) => panel.draft(text),
  emptyChanged: (isEmpty) => panel.showStarters(isEmpty),
});

const outbox = new Outbox(session, (item, state, detail) => log.mark(item, state, detail));

const stream = new Stream(session, {
  history(events, isFirst) {
    for (const event of events) if (event.type === "status") takeStatus(event);
    if (isFirst) log.addHistory(events);
    else events.forEach(take);
  },
  event: take,
  state(state) {
    panel.showConnection(state === "online" ? "connected" : "lost");
    if (state === "online") outbox.resume();
    else panel.showTyping(false);
  },
});

const panel = new Panel({
  open() {
    log.toEnd();
    connect();
  },
  send: (text) => send({ text }),
  startOver() {
    session.forget();
    stream.reset();
  },
});

function send(message) {
  outbox.add(message);
  panel.focus();
}

function take(event) {
  if (event.type === "typing") return log.keepEnd(() => panel.showTyping(Boolean(event.on)));
  if (event.type === "status") return takeStatus(event);
  if (log.add(event) && event.type !== "user") panel.countUnread();
}

function takeStatus(event) {
  if ((event.seq ?? Infinity) < mode.seq) return;
  mode = { seq: event.seq ?? mode.seq };
  panel.showMode(event);
}

function connect() {
  if (document.visibilityState === "visible") stream.start();
}

// A browser allows six connections to a host over HTTP/1.1: tabs nobody looks at give theirs back.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") stream.stop();
  else if (panel.isOpen || session.exists) stream.start();
});

for (const item of outbox.waiting) log.mark(item, "queued");
if (session.exists) connect();
