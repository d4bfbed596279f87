import type { Cell, ColumnHead, Group } from "./types.ts";

export const NOTHING = "–";

/** One value that renders have in a column, as text to show, and how many have it. */
export interface Level {
  value: Cell;
  label: string;
  count: number;
}

export function shown(value: Cell | undefined): string {
  if (value === null || value === undefined || value === "") return NOTHING;
  return typeof value === "number" ? figure(value) : value;
}

/** A number to four significant digits; integers whole. */
export function figure(value: number): string {
  if (Number.isInteger(value)) return Math.abs(value) < 1e15 ? value.toLocaleString("en") : value.toExponential(3);
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  return size < 1e-3 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}

/** One column of all renders. */
export class Column {
  readonly name: string;
  readonly group: Group;
  readonly title: string;
  readonly isNumber: boolean;
  private cached: Level[] | null = null;
  private places: Map<Cell, number> | null = null;

  constructor(readonly head: ColumnHead, private readonly cells: (number | string | null)[], readonly count: number) {
    this.name = head.name;
    this.group = head.group;
    this.title = head.title || head.name;
    this.isNumber = head.kind === "number";
  }

  /** The paper's letter where the parameter has one, such as β, else the title. */
  get symbol(): string {
    return /^([α-ω])[,;] /u.exec(this.head.meaning ?? "")?.[1] ?? this.title;
  }

  get isConstant(): boolean {
    return this.head.constant !== undefined;
  }

  value(index: number): Cell {
    if (this.head.constant !== undefined) return this.head.constant;
    const cell = this.cells[index] ?? null;
    if (this.head.kind !== "category" || cell === null) return cell;
    return typeof cell === "number" ? (this.head.values?.[cell] ?? null) : cell;
  }

  number(index: number): number | null {
    const value = this.value(index);
    return typeof value === "number" && Number.isFinite(value) ? value : null;
  }

  label(index: number): string {
    return shown(this.value(index));
  }

  /** A picture of the value, for columns of inputs. */
  picture(index: number): string | null {
    if (this.head.constant !== undefined) return this.head.picture ?? null;
    const cell = this.cells[index];
    return typeof cell === "number" ? (this.head.pictures?.[cell] ?? null) : null;
  }

  /** The different values: numbers rising, texts as the writer has them, nothing last. */
  levels(): Level[] {
    if (this.cached) return this.cached;
    const counts = new Map<Cell, number>();
    for (let index = 0; index < this.count; index += 1) {
      const value = this.value(index);
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
    const order = new Map((this.head.values ?? []).map((text, place) => [text as Cell, place]));
    const rank = (value: Cell): number => (value === null ? Infinity : typeof value === "number" ? value : (order.get(value) ?? 0));
    this.cached = [...counts]
      .map(([value, count]) => ({ value, label: shown(value), count }))
      .sort((a, b) => rank(a.value) - rank(b.value) || (a.label < b.label ? -1 : 1));
    return this.cached;
  }

  /** The place of a render's value among the levels. */
  levelOf(index: number): number {
    this.places ??= new Map(this.levels().map((level, place) => [level.value, place]));
    return this.places.get(this.value(index)) ?? -1;
  }

  get varies(): boolean {
    return !this.isConstant && this.levels().length > 1;
  }
}
