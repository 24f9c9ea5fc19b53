// Puts the widget into the whole of this page; the address of the iframe may name what it looks like, and nothing else.
const chat = document.createElement("frontdesk-chat");
chat.setAttribute("inline", "");
const wishes = new URLSearchParams(location.search);
for (const name of ["heading", "greeting", "starters", "color", "locale"]) {
  if (wishes.has(name)) chat.setAttribute(name, wishes.get(name));
}
document.documentElement.lang = wishes.get("locale") ?? "en";
document.body.append(chat);
