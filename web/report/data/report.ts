// The one report of this page: what has been loaded, and who is told when there is more.
import { useEffect, useLayoutEffect, useReducer } from "preact/hooks";
import { load } from "./loading.ts";
import { Renders } from "./renders.ts";
import type { Detail, DetailsPage, FailuresPage, Origin, RendersPage, Run, TracePhase, TracesPage } from "./types.ts";

const POLL_MS = 10_000;
const MOST_TRIALS = 4;
const GOING = ["running", "starting", "paused", "stopping", "waiting", "aggregating"];

class Report {
  run: Run | null = null;
  renders = new Renders([], []);
  /** Why the page has nothing to show, or stopped being told. */
  problem: string | null = null;
  isLoading = true;
  private pages = new Map<string, RendersPage>();
  private listeners = new Set<() => void>();
  private isUpdating = false;
  private once = new Map<string, Promise<unknown>>();

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }

  get isGoing(): boolean {
    return this.run !== null && GOING.includes(this.run.state);
  }

  start(): void {
    void this.update();
    setInterval(() => {
      if (this.isGoing || this.problem) void this.update();
    }, POLL_MS);
  }

  /** Ask for the run again, and for those of its pages that have changed. */
  async update(): Promise<void> {
    if (this.isUpdating) return;
    this.isUpdating = true;
    this.isLoading = true;
    try {
      for (let trial = 0; trial < MOST_TRIALS; trial += 1) {
        if (await this.follow(await load<Run>(`data/run.js?t=${Date.now()}`))) break;
      }
      this.problem = null;
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.isUpdating = false;
    this.isLoading = false;
    this.tell();
  }

  /** Load what `run` names; false when it was written anew meanwhile, so that its pages are of another run.js. */
  private async follow(run: Run): Promise<boolean> {
    const isFirst = this.run === null;
    if (isFirst || run.pages.length === 0) {
      this.run = run;
      this.tell();
    }
    const keyOf = (page: { file: string; digest: string }): string => `${page.file}?d=${encodeURIComponent(page.digest)}`;
    const keys = run.pages.map(keyOf);
    await Promise.all(
      keys.map(async (key) => {
        if (this.pages.has(key)) return;
        this.pages.set(key, await load<RendersPage>(`data/${key}`));
        if (isFirst) this.showMore(run, keys);
      }),
    );
    for (const [key, page] of [...this.pages]) {
      if (!keys.includes(key) || !fits(page, run)) this.pages.delete(key);
    }
    if (!keys.every((key) => this.pages.has(key))) return false;
    this.show(run, keys);
    return true;
  }

  /** Show what has come whenever it is twice as much as is shown: all redrawing takes as long as two whole drawings. */
  private showMore(run: Run, keys: string[]): void {
    const count = this.come(keys).reduce((sum, page) => sum + page.ids.length, 0);
    if (count > 0 && count >= 2 * this.renders.count) this.show(run, keys);
  }

  /** The pages that have come, up to the first that has not. */
  private come(keys: string[]): RendersPage[] {
    const first = keys.findIndex((key) => !this.pages.has(key));
    return (first < 0 ? keys : keys.slice(0, first)).map((key) => this.pages.get(key)!);
  }

  /** Show the pages that have come. */
  private show(run: Run, keys: string[]): void {
    const come = this.come(keys);
    if ((come.length === 0 && keys.length > 0) || !come.every((page) => fits(page, run))) return;
    this.run = run;
    this.renders = new Renders(run.columns, come);
    this.tell();
  }

  private cached<T>(url: string): Promise<T> {
    let data = this.once.get(url) as Promise<T> | undefined;
    if (!data) {
      data = load<T>(url);
      data.catch(() => this.once.delete(url));
      this.once.set(url, data);
    }
    return data;
  }

  private async entry<T>(kind: string, each: number, id: string, of: (page: { ids: string[] }) => T[]): Promise<T | null> {
    const index = this.renders.indexOf(id);
    if (index < 0 || !this.run) return null;
    const digest = this.run.pages[Math.floor(index / 1000)]?.digest ?? "";
    const number = String(Math.floor(index / each)).padStart(5, "0");
    const page = await this.cached<{ ids: string[] }>(`data/${kind}-${number}.js?d=${encodeURIComponent(digest)}`);
    return of(page)[page.ids.indexOf(id)] ?? null;
  }

  detail(id: string): Promise<Detail | null> {
    return this.entry("details", this.run?.details_each || 100, id, (page) => (page as DetailsPage).details);
  }

  async trace(id: string): Promise<TracePhase[]> {
    const found = await this.entry("traces", this.run?.traces_each || 20, id, (page) => (page as TracesPage).traces);
    return found?.phases ?? [];
  }

  failures(page: number): Promise<FailuresPage> {
    const known = this.run?.failures?.pages[page];
    if (!known) return Promise.resolve({ failures: [] });
    return this.cached(`data/${known.file}?d=${encodeURIComponent(known.digest)}`);
  }

  origin(origin: Origin): Promise<{ picture: string }> {
    return this.cached(origin.script);
  }
}

/** Whether the numbers of a page's categories are those of `run`'s columns. */
function fits(page: RendersPage, run: Run): boolean {
  return page.columns_digest === undefined || run.columns_digest === undefined || page.columns_digest === run.columns_digest;
}

export const report = new Report();

/** Draw the component again whenever more has been loaded. (An effect after painting would miss what comes before it.) */
export function useReport(): Report {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => report.subscribe(() => again(undefined)), []);
  return report;
}

/** What a promise that depends on `keys` gives: undefined until it is there, null when it failed. */
export function useLoaded<T>(start: () => Promise<T>, keys: readonly unknown[]): T | null | undefined {
  const [box, keep] = useReducer(
    (_: { keys: readonly unknown[]; value: T | null | undefined }, now: { keys: readonly unknown[]; value: T | null | undefined }) => now,
    { keys, value: undefined },
  );
  useEffect(() => {
    let isWanted = true;
    start().then(
      (value) => isWanted && keep({ keys, value }),
      () => isWanted && keep({ keys, value: null }),
    );
    return () => {
      isWanted = false;
    };
  }, keys);
  return box.keys.every((key, place) => key === keys[place]) ? box.value : undefined;
}
