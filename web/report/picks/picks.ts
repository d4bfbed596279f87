// Which renders the reader has starred or rejected, kept from one visit to the next.
import { useLayoutEffect, useReducer } from "preact/hooks";
import { recall, remember } from "../../shared/memory.ts";

export type Mark = "star" | "reject";

export class Picks {
  private marks = new Map<string, Mark>();
  private key = "";
  private listeners = new Set<() => void>();

  /** Take up the picks of the run that `key` names. */
  open(key: string): void {
    const full = `semstyle-picks:${key}`;
    if (full === this.key) return;
    this.key = full;
    this.marks = new Map();
    try {
      const kept = JSON.parse(recall(full) ?? "{}") as Partial<Record<Mark, unknown>>;
      for (const mark of ["star", "reject"] as const) {
        const ids = kept[mark];
        if (Array.isArray(ids)) for (const id of ids) if (typeof id === "string") this.marks.set(id, mark);
      }
    } catch {
      // What another page kept under this name is not ours.
    }
    this.tell();
  }

  of(id: string): Mark | null {
    return this.marks.get(id) ?? null;
  }

  /** Mark a render, or take the same mark away again. */
  toggle(id: string, mark: Mark): void {
    if (this.marks.get(id) === mark) this.marks.delete(id);
    else this.marks.set(id, mark);
    this.keep();
  }

  clear(ids: readonly string[]): void {
    for (const id of ids) this.marks.delete(id);
    this.keep();
  }

  ids(mark: Mark): string[] {
    return [...this.marks].filter(([, known]) => known === mark).map(([id]) => id);
  }

  private keep(): void {
    remember(this.key, JSON.stringify({ star: this.ids("star"), reject: this.ids("reject") }));
    this.tell();
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

export const picks = new Picks();

export function usePicks(): Picks {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => picks.subscribe(() => again(undefined)), []);
  return picks;
}
