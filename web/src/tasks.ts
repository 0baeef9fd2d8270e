// Work on many pictures, a few at a time.
import { useEffect, useRef } from "preact/hooks";

// Calls `work` on each item, `atOnce` of them at a time, in order; stops at the first error or when aborted.
export async function forEachOf<T>(items: readonly T[], atOnce: number, signal: AbortSignal,
  work: (item: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length && !signal.aborted) {
      const index = next++;
      await work(items[index]!, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
}

// Calls `poll` at once and then again, `milliseconds()` after it has finished, as long as the component is shown.
export function usePolling(poll: () => Promise<void>, milliseconds: () => number, dependencies: unknown[]): void {
  const latest = useRef(poll);
  latest.current = poll;
  useEffect(() => {
    let shown = true;
    let timer = 0;
    const step = async () => {
      await latest.current();
      if (shown) timer = window.setTimeout(step, milliseconds());
    };
    void step();
    return () => {
      shown = false;
      window.clearTimeout(timer);
    };
  }, dependencies);
}
