/** A browser's storage, or memory where the browser blocks it or it is full. */
export interface Store {
  read<T>(key: string): T | null;
  write(key: string, value: unknown): void;
  remove(key: string): void;
}

/** Wrap localStorage or sessionStorage; values are JSON. */
export function storage(kind: "localStorage" | "sessionStorage"): Store {
  const memory = new Map<string, string>();
  return {
    read<T>(key: string): T | null {
      try {
        return JSON.parse(memory.get(key) ?? window[kind].getItem(key) ?? "null") as T | null;
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
