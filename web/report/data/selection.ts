// The renders that the reader looks at: filtered, searched and sorted as the address says.
import { useMemo } from "preact/hooks";
import { passing, read, sorted, written, type Filter, type Sorting } from "./filter.ts";
import { place, set, usePlace } from "./location.ts";
import type { Renders } from "./renders.ts";

export function filtersOf(params: URLSearchParams): Filter[] {
  return params.getAll("f").flatMap((text) => read(text) ?? []);
}

export function setFilters(filters: readonly Filter[]): void {
  set({ f: filters.map(written) });
}

/** Set the filter on one column, or take it away. */
export function setFilter(column: string, filter: Filter | null): void {
  const others = filtersOf(place().params).filter((known) => known.column !== column);
  setFilters(filter ? [...others, filter] : others);
}

export function sortingOf(params: URLSearchParams): Sorting[] {
  return params.getAll("sort").map((text) => ({ column: text.replace(/^-/, ""), isFalling: text.startsWith("-") }));
}

export function useSelection(renders: Renders): number[] {
  const { params } = usePlace();
  const [filters, search, sorting] = [params.getAll("f").join("\n"), params.get("q") ?? "", params.getAll("sort").join("\n")];
  const found = useMemo(() => passing(renders, filtersOf(params), search), [renders, filters, search]);
  return useMemo(() => sorted(renders, found, sortingOf(params)), [found, sorting]);
}
