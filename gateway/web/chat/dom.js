// Small helpers for the page. Text enters it only as text nodes.

/** Makes an element from properties and children; a child that is null is left out. */
export function el(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** Waits; cut short by the signal and, if asked, by the network coming back. */
export function pause(milliseconds, { signal, untilOnline = false } = {}) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
    if (untilOnline) addEventListener("online", done);
  });
}

/** Grows with each failure, with jitter: after an outage the clients must not all return in one second. */
export function backoff(failures) {
  return Math.min(15_000, 500 * 2 ** failures) * (0.5 + Math.random() / 2);
}

/** Wraps localStorage or sessionStorage; where a browser blocks it, memory has to do. */
export function storage(kind) {
  const memory = new Map();
  return {
    read(key) {
      try {
        return JSON.parse(memory.get(key) ?? window[kind].getItem(key));
      } catch {
        return null;
      }
    },
    write(key, value) {
      const text = JSON.stringify(value);
      try {
        window[kind].setItem(key, text);
        memory.delete(key);
      } catch {
        memory.set(key, text);
      }
    },
    remove(key) {
      memory.delete(key);
      try {
        window[kind].removeItem(key);
      } catch {
        // Nothing was kept there either.
      }
    },
  };
}
