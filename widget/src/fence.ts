/** Keeps the page behind a panel that covers it out of reach: it must not take the focus meanwhile. */
export class Fence {
  #closed: HTMLElement[] = [];

  constructor(private readonly host: HTMLElement) {}

  set(isOn: boolean): void {
    for (const part of this.#closed.splice(0)) part.inert = false;
    for (let inside: HTMLElement = this.host; isOn && inside !== document.body && inside.parentElement; inside = inside.parentElement) {
      const others = [...inside.parentElement.children] as HTMLElement[];
      this.#closed.push(...others.filter((part) => part !== inside && !part.inert && (part.inert = true)));
    }
  }
}
