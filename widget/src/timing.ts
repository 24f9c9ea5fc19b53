/** Wait; cut short by the signal and, if asked, by the network coming back. */
export function pause(milliseconds: number, signal?: AbortSignal, untilOnline = false): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener("abort", done);
    if (untilOnline) addEventListener("online", done);
    if (signal?.aborted) done();
  });
}

/** Return a wait that grows with each failure, with jitter: after an outage not all clients may return in one second. */
export function backoff(failures: number): number {
  return Math.min(15_000, 500 * 2 ** failures) * (0.5 + Math.random() / 2);
}
