/** A piece of an answer's text: plain, strong, or a link. */
export type Piece = string | { strong: string } | { href: string };

const SPECIAL = /\*\*(?=\S)([^*\n]*[^*\s])\*\*(?!\w)|https?:\/\/[^\s<>"'`]+/giu;

/** Cut text into pieces. Only **strong** and plain http(s) addresses mean something; all else stays as it is. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(SPECIAL)) {
    const [whole, strong] = match;
    const address = strong === undefined ? trimmed(whole) : "";
    if (strong === undefined ? !isPlain(address) : /\w/.test(text[match.index - 1] ?? "")) continue;
    found.push(text.slice(end, match.index), strong === undefined ? { href: address } : { strong });
    end = match.index + (strong === undefined ? address : whole).length;
  }
  found.push(text.slice(end));
  return found.filter((piece) => piece !== "");
}

/** Leave out punctuation that ends the sentence rather than the address. */
function trimmed(address: string): string {
  const open = address.split("(").length;
  const closed = address.split(")").length;
  return address.replace(closed > open ? /[.,;:!?*\])}]+$/ : /[.,;:!?*\]}]+$/, "");
}

/** "https://bank.example@elsewhere" shows one host and opens another: that stays text. */
export function isPlain(address: string): boolean {
  const url = parsed(address);
  return url !== null && /^https?:$/.test(url.protocol) && !url.username && !url.password;
}

function parsed(address: string): URL | null {
  try {
    return new URL(address);
  } catch {
    return null;
  }
}
