// What the page shows is in the address after #, so that a link shows the same: #/VIEW/NAME?key=value&…
import { useLayoutEffect, useReducer } from "preact/hooks";

export interface Place {
  view: string;
  /** What follows the view: a render's id, or the ids that are compared. */
  name: string;
  params: URLSearchParams;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function place(): Place {
  const [path = "", query = ""] = location.hash.replace(/^#\/?/, "").split(/\?(.*)/s);
  const [view = "", ...rest] = path.split("/");
  return { view, name: decoded(rest.join("/")), params: new URLSearchParams(query) };
}

export function address(view: string, name = "", params: URLSearchParams = place().params): string {
  const query = params.toString();
  return `#/${view}${name ? `/${encodeURIComponent(name)}` : ""}${query ? `?${query}` : ""}`;
}

/** Show another view; the settings of the grid, the table and the filters stay in the address. */
export function go(view: string, name = ""): void {
  location.hash = address(view, name);
}

/** Change settings of the view that is shown; null takes one away. Going back does not undo them one by one. */
export function set(changes: Record<string, string | string[] | null>): void {
  const { view, name, params } = place();
  for (const [key, value] of Object.entries(changes)) {
    params.delete(key);
    for (const text of value === null ? [] : Array.isArray(value) ? value : [value]) params.append(key, text);
  }
  const hash = address(view || "grid", name, params);
  if (hash !== location.hash) location.replace(hash);
}

/** Draw the component again whenever the address changes. */
export function usePlace(): Place {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useLayoutEffect(() => {
    const listener = (): void => again(undefined);
    addEventListener("hashchange", listener);
    return () => removeEventListener("hashchange", listener);
  }, []);
  return place();
}

let lastList = "grid";

function noteList(): void {
  const { view } = place();
  if (["grid", "table", "picks"].includes(view)) lastList = view;
}
addEventListener("hashchange", noteList);
noteList();

/** The grid, the table or the picks: whichever was shown last. */
export function backToList(): void {
  go(lastList);
}
