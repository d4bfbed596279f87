// The stars as a condition for `semstyle run --where`: the shortest that we find that holds for them and for no other render.
import type { Column } from "../data/column.ts";
import type { Renders } from "../data/renders.ts";
import type { Cell } from "../data/types.ts";

export const LONGEST = 4096; // as in semstyle/manifest/condition.py

export interface Condition {
  text: string;
  /** How many renders that are not meant have the same parameters and tags, and are named as well. */
  others: number;
}

/** A product of sets: for each column, the values that a render may have. */
type Box = Set<Cell>[];

const WORD = /^[^\s()[\],=!<>'"]+$/;

/** The value as a condition has it, or null when the language cannot say it. */
function literal(value: Cell): string | null {
  if (value === null) return "null";
  if (typeof value === "number") return String(value);
  if (!value.includes('"')) return `"${value}"`;
  return value.includes("'") ? null : `'${value}'`;
}

function nameOf(column: Column): string | null {
  if (column.group !== "tag") return column.name;
  const tag = column.name.replace(/^tags\./, "");
  if (WORD.test(tag)) return `tags.${tag}`;
  if (!tag.includes('"')) return `tags."${tag}"`;
  return tag.includes("'") ? null : `tags.'${tag}'`;
}

function canSay(column: Column): boolean {
  return nameOf(column) !== null && column.levels().every((level) => literal(level.value) !== null);
}

function keyOf(columns: readonly Column[], index: number): string {
  return columns.map((column) => column.levelOf(index)).join(" ");
}

/** How many renders outside of `chosen` look the same as one of them in `columns`. */
function confused(renders: Renders, chosen: ReadonlySet<number>, columns: readonly Column[]): number {
  const keys = new Set([...chosen].map((index) => keyOf(columns, index)));
  let count = 0;
  for (let index = 0; index < renders.count; index += 1) {
    if (!chosen.has(index) && keys.has(keyOf(columns, index))) count += 1;
  }
  return count;
}

/** Leave out columns one after another while the chosen can still be told from the others. */
function needed(renders: Renders, chosen: ReadonlySet<number>, columns: readonly Column[], least: number): Column[] {
  let kept = [...columns];
  const rank = ["input", "parameter", "tag"];
  const droppable = [...columns].sort((a, b) => rank.indexOf(a.group) - rank.indexOf(b.group) || b.levels().length - a.levels().length);
  for (const column of droppable) {
    const fewer = kept.filter((other) => other !== column);
    if (confused(renders, chosen, fewer) === least) kept = fewer;
  }
  return kept;
}

/** Join boxes that differ in one column, until none do. */
function joined(boxes: Box[], columns: number): Box[] {
  const without = (box: Box, place: number): string =>
    JSON.stringify(box.map((values, other) => (other === place ? null : [...values].map((value) => JSON.stringify(value)).sort())));
  let [current, before] = [boxes, Infinity];
  while (current.length < before) {
    before = current.length;
    for (let place = 0; place < columns; place += 1) {
      const groups = new Map<string, Box>();
      for (const box of current) {
        const key = without(box, place);
        const known = groups.get(key);
        if (known) for (const value of box[place] ?? []) known[place]?.add(value);
        else groups.set(key, box.map((values) => new Set(values)));
      }
      current = [...groups.values()];
    }
  }
  return current;
}

function relation(column: Column, values: ReadonlySet<Cell>): string {
  const order = column.levels().map((level) => level.value);
  const texts = [...values].sort((a, b) => order.indexOf(a) - order.indexOf(b)).map(literal);
  return texts.length === 1 ? `${nameOf(column)} = ${texts[0]}` : `${nameOf(column)} in [${texts.join(", ")}]`;
}

/** A condition that holds for the renders `ids`; null when there are none of them. */
export function conditionFor(renders: Renders, ids: readonly string[]): Condition | null {
  const chosen = new Set(ids.map((id) => renders.indexOf(id)).filter((index) => index >= 0));
  if (chosen.size === 0) return null;
  const usable = renders.varying("parameter", "tag", "input").filter(canSay);
  const least = confused(renders, chosen, usable);
  const columns = needed(renders, chosen, usable, least);
  const distinct = new Map([...chosen].map((index) => [keyOf(columns, index), index]));
  const boxes = [...distinct.values()].map((index) => columns.map((column) => new Set([column.value(index)])));
  const terms = joined(boxes, columns.length).map((box) => box.map((values, place) => relation(columns[place]!, values)).join(" and "));
  return { text: columns.length ? terms.join(" or ") : everything(renders), others: least };
}

/** A condition that all renders fulfil. */
function everything(renders: Renders): string {
  const column = renders.columns.find((known) => known.group === "parameter" && known.isConstant && canSay(known));
  return column ? relation(column, new Set([column.head.constant ?? null])) : "";
}
