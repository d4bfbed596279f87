// The render that waits for a second one to be compared with.
import { useLayoutEffect, useReducer } from "preact/hooks";
import { go } from "../data/location.ts";

let waiting: string | null = null;
const listeners = new Set<() => void>();

function wait(id: string | null): void {
  waiting = id;
  for (const listener of [...listeners]) listener();
}

/** Take the first of two, or show both when it was taken before. */
export function markForComparison(id: string): void {
  if (waiting === null) wait(id);
  else if (waiting === id) wait(null);
  else {
    const first = waiting;
    wait(null);
    go("compare", `${first},${id}`);
  }
}

export function forgetComparison(): void {
  wait(null);
}

export function useCompared(): string | null {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => {
    const listener = (): void => again(undefined);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
  return waiting;
}
