// A walk through the chat in Firefox: `node firefox.mjs ADDRESS [PROGRAM]`. Prints each step that held and ends with an error at the first that did not.
import { strict as assert } from "node:assert";
import puppeteer from "puppeteer-core";

const [address, executablePath] = process.argv.slice(2);
const chat = (part) => `frontdesk-chat >>> ${part}`;
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  extraPrefsFirefox: { "intl.accept_languages": "en-US", "network.proxy.type": 0 },
});
const page = await browser.newPage();
const problems = [];
page.on("console", (message) => ["error", "warn"].includes(message.type()) && problems.push(message.text()));
page.on("pageerror", (error) => problems.push(String(error)));
page.setDefaultTimeout(30_000);

const bubbles = () => page.$$eval(chat("#log .bubble"), (nodes) => nodes.map((node) => node.textContent));
const isFocused = (part) => page.$eval(chat(part), (node) => node.getRootNode().activeElement === node);
const isHidden = (part) => page.$eval(chat(part), (node) => !node.checkVisibility());

/** Wait until a look at the page is as it should be. */
async function until(what, look) {
  for (const end = Date.now() + 30_000; !(await look().catch(() => false)); await new Promise((go) => setTimeout(go, 50))) {
    if (Date.now() > end) assert.fail(`${what}: ${JSON.stringify(await bubbles())} ${JSON.stringify(problems)}`);
  }
}

/** Send a text and wait for as many bubbles as there should be then, or more. */
async function say(text, count) {
  await page.type(chat("textarea"), text);
  await page.keyboard.press("Enter");
  await until(`an answer to ${text}`, async () => (await bubbles()).length >= count);
}

const steps = {
  async "opened by keyboard"() {
    await page.goto(address);
    await page.waitForSelector(chat("#launcher"));
    for (let tries = 0; tries < 40 && !(await isFocused("#launcher")); tries += 1) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await until("the composer has the focus", () => isFocused("textarea"));
  },
  async "answered"() {
    await say("do you have rain jackets?", 2);
  },
  async "kept over a reload"() {
    const before = await bubbles();
    await page.reload();
    await until("the same conversation", async () => assert.deepEqual(await bubbles(), before) ?? true);
  },
  async "button pressed once"() {
    await say("i want to change what is in my order", 4);
    await until("a button", async () => (await page.$(chat("#log .choice:not(:disabled)"))) !== null);
    const count = (await bubbles()).length;
    await page.$eval(chat("#log .place:last-child .choice"), (button) => (button.click(), button.click()));
    await until("an answer to the button", async () => (await bubbles()).length >= count + 2);
    assert.equal((await page.$$(chat("#log .choice.chosen"))).length, 1);
  },
  async "queued while offline"() {
    const count = (await bubbles()).length;
    await page.setOfflineMode(true);
    await page.type(chat("textarea"), "hello");
    await page.keyboard.press("Enter");
    await until("it waits", async () => /Waiting|Sending/.test(await page.$eval(chat("#log .place:last-child .meta"), (node) => node.textContent)));
    await page.setOfflineMode(false);
    await until("it is answered", async () => (await bubbles()).length >= count + 2);
  },
  async "right to left"() {
    await page.evaluate(() => {
      const chat = document.querySelector("frontdesk-chat");
      chat.setAttribute("locale", "ar");
      chat.replaceWith(chat); // a language counts when the element enters the page
    });
    await until("Arabic", () => page.$eval(chat(".panel"), (panel) => panel.dir === "rtl"));
    const [own, answer] = await Promise.all([".user .bubble", ".bot .bubble"].map(async (part) => (await page.$(chat(part))).boundingBox()));
    assert.ok(own.x < answer.x + answer.width);
  },
  async "closed by keyboard"() {
    await page.focus(chat("textarea"));
    await page.keyboard.press("Escape");
    await until("it is closed", () => isHidden(".panel"));
    assert.ok(await isFocused("#launcher"));
  },
};

try {
  console.log(await browser.version());
  for (const [name, walk] of Object.entries(steps)) {
    await walk();
    console.log(name);
  }
  assert.deepEqual(problems, []);
} finally {
  await browser.close();
}
