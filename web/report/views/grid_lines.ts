// What stands where in the grid: headings, and lines of cells that each hold a stack of renders.
import type { Level } from "../data/column.ts";
import type { Axes } from "./axes.ts";

export interface Line {
  /** A heading stands alone on its line; the label of a line of cells stands beside it. */
  heading: string | null;
  label: string | null;
  cells: number[][];
}

export interface Lines {
  lines: Line[];
  /** Labels above the columns; null when the cells merely flow. */
  columns: string[] | null;
  count: number;
}

export interface Paged {
  levels: Level[];
  /** The page that is shown, from 0. */
  page: number;
  members: number[];
}

/** The part of `selection` that is on the page named `wanted`. */
export function paged(axes: Axes, selection: readonly number[], wanted: string | null): Paged {
  const column = axes.pages;
  if (!column) return { levels: [], page: 0, members: [...selection] };
  const present = new Set(selection.map((index) => column.levelOf(index)));
  const levels = column.levels().filter((_, place) => present.has(place));
  const page = Math.max(0, levels.findIndex((level) => level.label === wanted));
  const place = column.levels().indexOf(levels[page]!);
  return { levels, page, members: selection.filter((index) => column.levelOf(index) === place) };
}

/** A table when there are rows and columns; else renders that flow, below a heading for each row. */
export function linesOf(axes: Axes, members: readonly number[], across: number): Lines {
  const { rows, columns } = axes;
  if (rows && columns) return table(rows, columns, members);
  const side = rows ?? columns;
  if (!side) return { lines: flowing(members, across), columns: null, count: members.length };
  const lines: Line[] = [];
  for (const [place, level] of side.levels().entries()) {
    const own = members.filter((index) => side.levelOf(index) === place);
    if (own.length === 0) continue;
    lines.push({ heading: `${side.title} ${level.label}`, label: null, cells: [] }, ...flowing(own, across));
  }
  return { lines, columns: null, count: members.length };
}

function flowing(members: readonly number[], across: number): Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < members.length; start += across) {
    const cells = members.slice(start, start + across).map((index) => [index]);
    lines.push({ heading: null, label: null, cells });
  }
  return lines;
}

function table(rows: NonNullable<Axes["rows"]>, columns: NonNullable<Axes["columns"]>, members: readonly number[]): Lines {
  const stacks = new Map<number, Map<number, number[]>>();
  const present = new Set<number>();
  for (const index of members) {
    const [row, column] = [rows.levelOf(index), columns.levelOf(index)];
    present.add(column);
    let line = stacks.get(row);
    if (!line) stacks.set(row, (line = new Map()));
    const stack = line.get(column);
    if (stack) stack.push(index);
    else line.set(column, [index]);
  }
  const shown = [...present].sort((a, b) => a - b);
  const lines = rows.levels().flatMap((level, row) => {
    const line = stacks.get(row);
    return line ? [{ heading: null, label: level.label, cells: shown.map((column) => line.get(column) ?? []) }] : [];
  });
  return { lines, columns: shown.map((column) => columns.levels()[column]?.label ?? ""), count: members.length };
}
