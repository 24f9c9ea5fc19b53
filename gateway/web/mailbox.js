// Shows the demo's mails; they are text and stay text.
const EVERY = 2000;
const list = document.getElementById("mails");
let shown = "";

function line(tag, text, name) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (name) element.className = name;
  return element;
}

function sheet({ at, to, subject, text }) {
  const item = document.createElement("li");
  item.append(line("h2", subject), line("p", `To ${to}, ${new Date(at).toLocaleString()}`, "about"), line("pre", text.trim()));
  return item;
}

async function look() {
  const answer = await fetch("/demo/mails");
  const body = await answer.text();
  if (!answer.ok) throw new Error(body);
  if (body === shown) return;
  shown = body;
  const { mails } = JSON.parse(body);
  document.getElementById("empty").hidden = mails.length > 0;
  list.replaceChildren(...mails.map(sheet));
}

async function keepLooking() {
  const away = document.getElementById("away");
  await look().then(
    () => (away.hidden = true),
    () => (away.hidden = false),
  );
  setTimeout(keepLooking, EVERY);
}

keepLooking();
