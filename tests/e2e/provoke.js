// Touches everything that stands in the page as a person and a browser would, and returns what could run code.
// Links are not followed: where one leads is read instead.
() => {
  const EVENTS = ["error", "load", "click", "mouseover", "focus", "toggle", "begin", "start", "animationstart", "submit", "beforematch"];
  const ADDRESSES = ["href", "src", "action", "formAction", "data", "srcdoc", "background"];
  const every = function* (root) {
    for (const node of root.querySelectorAll("*")) {
      yield node;
      if (node.shadowRoot) yield* every(node.shadowRoot);
    }
  };
  const dangerous = [];
  let elements = 0;
  for (const node of [...every(document)]) {
    elements += 1;
    for (const { name, value } of node.attributes) if (/^on|^srcdoc$/i.test(name)) dangerous.push(`${node.localName} ${name}=${value}`);
    // Only the widget's own properties, which it sets on itself for the page's colour.
    if ([...(node.style ?? [])].some((name) => !name.startsWith("--frontdesk-"))) dangerous.push(`${node.localName} style=${node.style.cssText}`);
    for (const name of ADDRESSES) {
      const value = typeof node[name] === "object" ? node[name]?.baseVal : node[name];
      if (typeof value !== "string" || value === "") continue;
      if (!/^(https?:|data:image\/(png|jpeg|gif|webp);)/i.test(value)) dangerous.push(`${node.localName} ${name}=${value}`);
    }
    if (/^(script|iframe|object|embed|base|meta|link|style|svg:script|math)$/.test(node.localName) && node.getRootNode() !== document) dangerous.push(node.localName);
    const isOurs = node.matches("button, form, textarea, header *");
    for (const name of isOurs ? [] : EVENTS) node.dispatchEvent(new Event(name, { cancelable: true }));
  }
  return { elements, dangerous };
}
