// Which parameters or tags make the rows, columns and pages of the grid when the reader has not said.
import type { Column } from "../data/column.ts";
import type { Renders } from "../data/renders.ts";

export interface Axes {
  rows: Column | null;
  columns: Column | null;
  pages: Column | null;
}

const NONE = "-";
const MOST_LEVELS = 24;
const LEAST_FILLED = 0.4;
const MOST_CANDIDATES = 8;

/** Those that a grid could have on its sides. */
export function candidates(renders: Renders): Column[] {
  return renders.varying("parameter", "tag", "input").filter((column) => column.levels().length <= 500);
}

/** The axes that the address names, and sensible ones where it names none. */
export function axesOf(renders: Renders, params: URLSearchParams): Axes {
  const named = (key: string): Column | null => renders.column(params.get(key));
  if (params.has("rows") || params.has("columns") || params.has("pages")) {
    return { rows: named("rows"), columns: named("columns"), pages: named("pages") };
  }
  return sensible(renders);
}

export function axisText(column: Column | null): string {
  return column?.name ?? NONE;
}

/** The two columns that make the fullest table, numbers before words; what else varies most evenly makes its pages. */
export function sensible(renders: Renders): Axes {
  const usable = candidates(renders).filter((column) => column.levels().length <= MOST_LEVELS);
  const ranked = usable.filter((column) => column.group !== "input").sort((a, b) => rank(a) - rank(b)).slice(0, MOST_CANDIDATES);
  let best: { score: number; rows: Column; columns: Column } | null = null;
  for (const [place, rows] of ranked.entries()) {
    for (const columns of ranked.slice(place + 1)) {
      const cells = cellsOf(renders, [rows, columns]);
      const filled = cells / (rows.levels().length * columns.levels().length);
      if (filled < LEAST_FILLED) continue;
      const score = filled * Math.log2(1 + cells) + worth(rows) + worth(columns);
      if (!best || score > best.score + 1e-9) best = { score, rows, columns };
    }
  }
  if (!best) return oneSided(renders, ranked);
  const { rows, columns } = best;
  return { rows, columns, pages: pagesOf(renders, usable, [rows, columns]) };
}

/** Columns of numbers make good sides, as they have an order; chance (the seed) has none that means anything. */
function worth(column: Column): number {
  return column.name === "seed" ? -2 : column.isNumber ? 1 : 0;
}

/** Numbers first: they have an order, which is what sides of a table show. */
function rank(column: Column): number {
  return (column.isNumber ? 0 : 2) + (column.group === "parameter" ? 0 : 1) + (column.name === "seed" ? 1.5 : 0);
}

function oneSided(renders: Renders, ranked: Column[]): Axes {
  const tag = ranked.find((column) => column.group === "tag" && column.levels().length * 2 <= renders.count);
  return { rows: tag ?? null, columns: null, pages: null };
}

/** The tag that best tells apart the renders that share a cell, else the parameter; none when each cell has one. */
function pagesOf(renders: Renders, usable: Column[], sides: Column[]): Column | null {
  const before = cellsOf(renders, sides);
  if (before === renders.count) return null;
  const others = usable.filter((column) => !sides.includes(column));
  for (const groups of [["tag"], ["parameter", "input"]]) {
    const told = others
      .filter((column) => groups.includes(column.group))
      .map((column) => ({ column, cells: cellsOf(renders, [...sides, column]) }))
      .filter(({ cells }) => cells > before)
      .sort((a, b) => b.cells - a.cells);
    if (told[0]) return told[0].column;
  }
  return null;
}

function cellsOf(renders: Renders, columns: readonly Column[]): number {
  const seen = new Set<number>();
  for (let index = 0; index < renders.count; index += 1) {
    seen.add(columns.reduce((key, column) => key * (column.levels().length + 1) + column.levelOf(index), 0));
  }
  return seen.size;
}
