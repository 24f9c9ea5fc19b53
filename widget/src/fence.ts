/** Keeps the page behind a panel that covers it out of reach: it must not take the focus meanwhile. */
export class Fence {
  #closed: HTMLElement[] = [];

  constructor(private readonly host: HTMLElement) {}

  set(isOn: boolean): void {
    for (const part of this.#closed.splice(0)) part.inert = false;
    if (!isOn) return;
    for (let inside: HTMLElement = this.host; inside.parentElement; inside = inside.parentElement) {
      for (const part of inside.parentElement.children) {
        if (part === inside || !(part instanceof HTMLElement) || part.inert) continue;
        part.inert = true;
        this.#closed.push(part);
      }
      if (inside.parentElement === document.body) break;
    }
  }
}
