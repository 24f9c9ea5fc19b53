import type { FileOffer } from "./api.js";
import type { UploadWords } from "./upload-words.js";

const MB = 1024 * 1024;

/** Return why a file would be refused, or null; the server judges the content, this only saves the way there. */
export function fault({ type, size }: { type: string; size: number }, offer: FileOffer): keyof UploadWords | null {
  if (size === 0) return "empty";
  if (size > offer.most_bytes) return "large";
  // A browser that knows no type says nothing: then the server tells it by the content.
  return type && !offer.types.includes(type) ? "kind" : null;
}

/** Return the limit as people read it. */
export function megabytes({ most_bytes }: FileOffer): number {
  return Math.floor((most_bytes / MB) * 10) / 10;
}

/** Fetch, telling how much of the body has gone out (0 to 1): the browser's own `fetch` does not say. */
export function sender(progress: (share: number) => void): typeof fetch {
  return (address, { method = "GET", headers, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open(method, String(address));
      request.responseType = "text";
      for (const [name, value] of Object.entries(headers as Record<string, string>)) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
      request.onload = () => {
        const retryAfter = request.getResponseHeader("Retry-After");
        resolve(new Response(request.responseText, { status: request.status, headers: retryAfter ? { "Retry-After": retryAfter } : {} }));
      };
      request.onerror = request.onabort = () => reject(new TypeError("the file could not be sent"));
      signal?.addEventListener("abort", () => request.abort());
      if (signal?.aborted) reject(new TypeError("the file was cancelled"));
      else request.send(body as Blob);
    });
}
