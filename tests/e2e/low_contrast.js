// Compares each text with the nearest opaque background; text over the hero's picture has none and is left out.
() => {
  const channels = (color) => color.match(/[\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (node) => {
    for (; node; node = node.parentElement ?? node.getRootNode().host) {
      const color = getComputedStyle(node).backgroundColor;
      if ((channels(color)[3] ?? 1) === 1) return color;
    }
  };
  const found = [];
  let checked = 0;
  const texts = function* (root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) yield walker.currentNode;
  };
  for (const text of [...texts(document.body), ...texts(document.querySelector("frontdesk-chat").shadowRoot)]) {
    const node = text.parentElement;
    if (!text.data.trim() || !node.checkVisibility()) continue;
    if (node.closest("noscript, .sr-only, .hero")) continue;
    const [one, two] = [luminance(getComputedStyle(node).color), luminance(background(node))].sort((a, b) => b - a);
    const ratio = (one + 0.05) / (two + 0.05);
    checked += 1;
    if (ratio < 4.5) found.push([text.data.trim(), ratio]);
  }
  return { checked, found };
}
