// Fills the gallery: one widget a state, each with a server of its own that is a script. Nothing here leaves the page.

const DAY = 86_400_000;
const TILE = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAgAAAAECAIAAAA8r+mnAAAAFklEQVR42mOUs5nMgA0wMeAAg1MCAEu4AQZBVkT7AAAAAElFTkSuQmCC";

const user = (text) => ({ type: "user", id: text, text });
const bot = (text, more) => ({ type: "bot", text, ...more });
// As the server sends them (bridge/formatting/cards.py).
const order = {
  title: "Order #1001",
  subtitle: "Shipped",
  fields: [
    { label: "Ordered", value: "November 20" },
    { label: "Items", value: "2 items (Blue T-Shirt, Black Jeans)" },
    { label: "Total", value: "$79.80" },
    { label: "Expected by", value: "November 25" },
    { label: "Parcel", value: "UPS, tracking 1Z999AA10123456784" },
  ],
  url: "https://parcels.example/1Z999AA10123456784",
  link: "Track the parcel",
};
const ticket = {
  title: "Ticket T-10001",
  subtitle: "Being worked on",
  fields: [
    { label: "About", value: "The zip of my jacket is broken" },
    { label: "Team", value: "Care" },
    { label: "Opened", value: "November 21" },
    { label: "Answer by", value: "November 23" },
  ],
};
const found = ["Tarn Rain Jacket", "Fell Rain Jacket", "Harbor Rain Coat"].map((title, index) => ({
  title,
  subtitle: ["$189.00", "$118.00\u2013$129.00", "$34.00"][index],
  fields: [{ label: "In stock", value: "S, M, L" }],
  buttons: [{ title: "Tell me more", payload: "/a" }],
}));
const products = [
  { title: "Tarn Rain Jacket", subtitle: "$189.00", image: TILE, alt: "A green jacket", buttons: [{ title: "In my size?", payload: "/a" }] },
  { title: "Fell Daypack 22 L", subtitle: "$118.00", image: TILE, alt: "A red backpack", url: "https://shop.example/daypack" },
  { title: "Harbor Beanie", subtitle: "$34.00", fields: [{ label: "In stock", value: 12 }] },
];
const yesOrNo = [
  { title: "Yes, please", payload: "/affirm" },
  { title: "No", payload: "/deny" },
];
const talk = [user("where is my order 1001"), bot("Order #1001 was **shipped** with UPS and is expected by November 25.")];

/** name, what was said before, and: live (events of the stream), post (answer to a message), act(widget), attributes */
const STATES = [
  { name: "empty", attributes: { starters: "Where is my order?|I need help|Talk to a person" } },
  { name: "talk", said: talk },
  { name: "typing", said: talk.slice(0, 1), live: [{ type: "typing", on: true }] },
  { name: "slow", said: [talk[0], { type: "notice", kind: "slow", text: "This is taking a bit longer than usual. I'm still checking, please hold on." }] },
  { name: "buttons", said: [bot("Shall I create this ticket?", { buttons: yesOrNo })] },
  { name: "buttons-used", said: [bot("Shall I create this ticket?", { buttons: yesOrNo }), user("Yes, please")] },
  { name: "many-buttons", said: [bot("Which one?", { buttons: Array.from({ length: 100 }, (_, n) => ({ title: `Choice ${n + 1}`, payload: "/a" })) })] },
  { name: "card", said: [...talk, bot("", { card: order })] },
  { name: "ticket-card", said: [user("T-10001"), bot("Ticket T-10001 is being worked on."), bot("", { card: ticket })] },
  { name: "product-cards", said: [user("rain jackets"), bot("Here's what I found: three jackets."), bot("", { card: { title: "Products", items: found } })] },
  { name: "carousel", said: [user("rain jackets"), bot("These could do:", { card: { title: "Products", items: products } })] },
  { name: "picture", said: [bot("", { image: TILE, alt: "A map of the way to our shop" }), bot("", { image: "data:image/png;base64,AAAA", alt: "A picture that does not load" })] },
  { name: "waiting", said: [user("a person please"), { type: "status", mode: "waiting", queue_position: 2 }] },
  { name: "human", said: [user("a person please"), { type: "status", mode: "human", agent: "Maya" }, { type: "agent", name: "Maya", text: "Hello, this is Maya. I'm reading your messages." }] },
  { name: "human-left", said: [{ type: "agent", name: "Maya", text: "All done. Goodbye!" }, { type: "status", mode: "bot", agent: "Maya" }, bot("I'm back. What can I do for you?")] },
  { name: "closed", said: [...talk, { type: "status", mode: "closed" }] },
  { name: "days", said: [{ ...talk[0], at: new Date(Date.now() - 9 * DAY).toISOString() }, { ...talk[1], at: new Date(Date.now() - DAY).toISOString() }, user("thanks")] },
  { name: "long-text", said: [bot(`All of it. ${"A long story. ".repeat(4000)}`)] },
  { name: "long-history", said: Array.from({ length: 500 }, (_, n) => (n % 2 ? bot(`Answer ${n}`) : user(`Question ${n}`))) },
  { name: "sending", post: () => new Promise(() => {}), act: (chat) => chat.send("where is my order") },
  { name: "refused", post: () => problem(422, "That message was empty. Write a few words, and I'll gladly help."), act: (chat) => chat.send("?") },
  { name: "slowed", post: () => problem(429, "You're sending messages faster than I can read them.", { "Retry-After": "3600" }), act: (chat) => chat.send("hello?") },
  { name: "lost", history: () => problem(503, "") },
  { name: "menu", said: talk, act: (chat) => chat.shadowRoot.querySelector("#menu-button").click() },
  { name: "german", said: talk, attributes: { locale: "de" } },
  { name: "arabic", said: [user("أين طلبي؟"), bot("تم شحن طلبك رقم 1001.", { buttons: yesOrNo })], attributes: { locale: "ar" } },
  { name: "colour", said: talk, attributes: { color: "#ffd600" } },
  { name: "unasked", said: [...talk, bot("The ticket I kept for you is made now: T-10001.", { proactive: true }), bot("", { card: ticket })] },
];

function problem(status, message, headers = {}) {
  return Response.json({ error: { code: "example", message } }, { status, headers });
}

/** A gateway of one conversation, as the widget's `fetch`. */
function gateway({ said = [], live = [], post, history }) {
  const events = said.map((event, index) => ({ at: new Date().toISOString(), ...event, seq: index + 1 }));
  const answers = {
    "/chat/session": () => Response.json({ conversation: "c", token: "t", expires_at: new Date(Date.now() + DAY).toISOString() }, { status: 201 }),
    "/chat/history": history ?? ((asked) => Response.json(page(events, asked))),
    "/chat/messages": post ?? (() => new Promise(() => {})),
    "/chat/events": () =>
      new Response(new ReadableStream({ start: (stream) => live.forEach((event) => stream.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(event)}\n\n`))) })),
  };
  return async (address) => {
    const { pathname, searchParams } = new URL(address);
    return answers[pathname](searchParams);
  };
}

/** The end of a log, or what stands before a number, as the chat API pages it. */
function page(events, asked) {
  const older = events.filter(({ seq }) => seq < (asked.get("before") ?? Infinity));
  const most = asked.get("limit") ?? Infinity;
  return { events: older.slice(-most), more: older.length > most };
}

const wishes = new URLSearchParams(location.search);
const only = wishes.get("state");
const locale = wishes.get("locale");
document.documentElement.dir = locale === "ar" ? "rtl" : "ltr";
for (const state of STATES.filter(({ name }) => !only || name === only)) {
  const server = `https://${state.name}.invalid`;
  localStorage.removeItem(`frontdesk.session@${server}`);
  sessionStorage.removeItem(`frontdesk.outbox@${server}`);
  const chat = document.createElement("frontdesk-chat");
  chat.fetch = gateway(state);
  chat.id = state.name;
  const attributes = { inline: "", server, heading: "Northwind help", picture: "/static/art/mark.svg", ...(locale && { locale }), ...state.attributes };
  for (const [name, value] of Object.entries(attributes)) chat.setAttribute(name, value);
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  caption.append(state.name);
  figure.append(caption, chat);
  document.getElementById("states").append(figure);
  if (state.act) setTimeout(() => state.act(chat), 100);
}
