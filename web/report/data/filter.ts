// Conditions on renders that the reader sets: a range of numbers, some of the values, or words in any text.
import { NOTHING, type Column } from "./column.ts";
import type { Renders } from "./renders.ts";

export type Filter =
  | { kind: "range"; column: string; low: number | null; high: number | null }
  | { kind: "among"; column: string; labels: string[] }
  | { kind: "has"; column: string; text: string };

const BETWEEN = "~";

export function written(filter: Filter): string {
  const parts =
    filter.kind === "range"
      ? [filter.low === null ? "" : String(filter.low), filter.high === null ? "" : String(filter.high)]
      : filter.kind === "among"
        ? filter.labels
        : [filter.text];
  return [filter.column, filter.kind, ...parts].map((part) => part.replace(/[~%]/g, encodeMark)).join(BETWEEN);
}

function encodeMark(mark: string): string {
  return mark === "~" ? "%7E" : "%25";
}

export function read(text: string): Filter | null {
  const [column = "", kind, ...parts] = text.split(BETWEEN).map((part) => part.replace(/%7E/g, "~").replace(/%25/g, "%"));
  const number = (part: string | undefined): number | null => (part && Number.isFinite(Number(part)) ? Number(part) : null);
  if (kind === "range") return { kind, column, low: number(parts[0]), high: number(parts[1]) };
  if (kind === "among") return { kind, column, labels: parts };
  if (kind === "has") return { kind, column, text: parts[0] ?? "" };
  return null;
}

/** What the filter lets through, in words. */
export function inWords(filter: Filter): string {
  if (filter.kind === "has") return `contains “${filter.text}”`;
  if (filter.kind === "among") {
    return filter.labels.length > 3 ? `${filter.labels.length} values` : filter.labels.join(", ") || "no value";
  }
  if (filter.low !== null && filter.high !== null) return `${filter.low} – ${filter.high}`;
  return filter.low !== null ? `≥ ${filter.low}` : filter.high !== null ? `≤ ${filter.high}` : "any number";
}

function test(filter: Filter, column: Column): (index: number) => boolean {
  if (filter.kind === "among") {
    const wanted = new Set(filter.labels);
    const accepted = column.levels().map((level) => wanted.has(level.label));
    return (index) => accepted[column.levelOf(index)] ?? false;
  }
  if (filter.kind === "has") {
    const text = filter.text.toLowerCase();
    return (index) => column.label(index).toLowerCase().includes(text);
  }
  const { low, high } = filter;
  return (index) => {
    const number = column.number(index);
    return number !== null && (low === null || number >= low) && (high === null || number <= high);
  };
}

/** A test whether all words of `text` are in a render's id or in one of its texts. */
function searched(text: string, renders: Renders): (index: number) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const columns = renders.columns.filter((column) => ["parameter", "tag", "input"].includes(column.group) && !column.isNumber && column.varies);
  const accepted = words.map((word) => columns.map((column) => column.levels().map((level) => level.label.toLowerCase().includes(word))));
  return (index) =>
    words.every(
      (word, which) =>
        renders.id(index).toLowerCase().includes(word) ||
        columns.some((column, place) => accepted[which]?.[place]?.[column.levelOf(index)]),
    );
}

export function passing(renders: Renders, filters: readonly Filter[], search: string): number[] {
  const tests = filters.flatMap((filter) => {
    const column = renders.column(filter.column);
    return column ? [test(filter, column)] : [];
  });
  if (search.trim()) tests.push(searched(search, renders));
  const found: number[] = [];
  for (let index = 0; index < renders.count; index += 1) {
    if (tests.every((holds) => holds(index))) found.push(index);
  }
  return found;
}

export interface Sorting {
  column: string;
  isFalling: boolean;
}

/** Sort by the columns named; what has no value comes last either way, and equals stay in the manifest's order. */
export function sorted(renders: Renders, indices: readonly number[], by: readonly Sorting[]): number[] {
  const keys = by.flatMap(({ column: name, isFalling }) => {
    const column = renders.column(name);
    if (!column) return [];
    const key = column.isNumber
      ? (index: number) => column.number(index)
      : (index: number) => (column.label(index) === NOTHING ? null : column.levelOf(index));
    return [{ key, sign: isFalling ? -1 : 1 }];
  });
  if (keys.length === 0) return [...indices];
  return [...indices].sort((a, b) => {
    for (const { key, sign } of keys) {
      const [x, y] = [key(a), key(b)];
      if (x === y) continue;
      if (x === null) return 1;
      if (y === null) return -1;
      return x < y ? -sign : sign;
    }
    return a - b;
  });
}
