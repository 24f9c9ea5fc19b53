/** Tell whether a picture may be shown: from the assistant's own server (an origin), or data that cannot run. */
export function isOwnPicture(source: string, server: string): boolean {
  if (/^data:image\/(png|jpeg|gif|webp);/.test(source)) return true;
  try {
    return /^(\/|https?:)/.test(source) && new URL(source, server).origin === server;
  } catch {
    return false;
  }
}
