/** Return black or white, whichever reads better on a colour such as "#1f4a3d" (WCAG contrast); null if it is none. */
export function textOn(colour: string): "#000" | "#fff" | null {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(colour)?.[1];
  if (!hex) return null;
  const channels = (hex.length === 3 ? [...hex].map((digit) => digit + digit) : hex.match(/../g)!).map((pair) => {
    const part = parseInt(pair, 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const light = 0.2126 * channels[0]! + 0.7152 * channels[1]! + 0.0722 * channels[2]!;
  return light > 0.179 ? "#000" : "#fff"; // where contrast to black and to white is the same
}
