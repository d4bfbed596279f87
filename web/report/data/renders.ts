import { Column } from "./column.ts";
import type { ColumnHead, RendersPage } from "./types.ts";

const IS_SERVED = location.protocol.startsWith("http");

/** All renders that have come so far, in the order of the manifest. */
export class Renders {
  readonly count: number;
  readonly ids: string[];
  readonly columns: Column[];
  private readonly heights: number[];
  private readonly widths: number[];
  private readonly thumbnails: (0 | 1 | undefined)[];
  private readonly digests: (string | undefined)[];
  private readonly images: (string | undefined)[];
  private readonly byName: Map<string, Column>;
  private places: Map<string, number> | null = null;
  /** The columns of captions: those with the most values first. */
  private telling: Column[] | null = null;

  constructor(heads: ColumnHead[], pages: RendersPage[]) {
    this.ids = pages.flatMap((page) => page.ids);
    this.count = this.ids.length;
    this.heights = pages.flatMap((page) => page.height);
    this.widths = pages.flatMap((page) => page.width);
    this.thumbnails = pages.flatMap((page) => page.thumbnails ?? page.ids.map(() => 0 as const));
    this.digests = pages.flatMap((page) => page.digests ?? page.ids.map(() => undefined));
    this.images = pages.flatMap((page) => page.images ?? page.ids.map(() => undefined));
    this.columns = heads.map((head) => {
      const cells = head.constant === undefined ? pages.flatMap((page) => page.columns[head.name] ?? page.ids.map(() => null)) : [];
      return new Column(head, cells, this.count);
    });
    this.byName = new Map(this.columns.map((column) => [column.name, column]));
  }

  column(name: string | null | undefined): Column | null {
    return (name && this.byName.get(name)) || null;
  }

  indexOf(id: string): number {
    this.places ??= new Map(this.ids.map((known, place) => [known, place]));
    return this.places.get(id) ?? -1;
  }

  id(index: number): string {
    return this.ids[index] ?? "";
  }

  width(index: number): number {
    return this.widths[index] || 1;
  }

  height(index: number): number {
    return this.heights[index] || 1;
  }

  /** The image in its own size. */
  image(index: number): string {
    return this.fresh(this.images[index] ?? `../images/${encodeURIComponent(this.id(index))}.png`, index);
  }

  thumbnail(index: number): string {
    if (!this.thumbnails[index]) return this.image(index);
    return this.fresh(`thumbnails/${encodeURIComponent(this.id(index))}.webp`, index);
  }

  /** The columns that tell renders apart, of the given groups. */
  varying(...groups: string[]): Column[] {
    return this.columns.filter((column) => groups.includes(column.group) && column.varies);
  }

  /** What tells a render apart, such as `β 25 · coast`; its id when nothing does. */
  caption(index: number, leftOut: readonly string[] = [], most = 4): string {
    this.telling ??= this.varying("tag", "parameter")
      .sort((a, b) => Number(a.name === "seed") - Number(b.name === "seed") || b.levels().length - a.levels().length);
    const parts = this.telling
      .filter((column) => !leftOut.includes(column.name) && column.value(index) !== null)
      .slice(0, most)
      .map((column) => (column.group === "tag" ? column.label(index) : `${column.symbol} ${column.label(index)}`));
    return parts.join(" · ") || this.id(index);
  }

  /** An image that was made anew has another address, so that no cache shows the old one. */
  private fresh(path: string, index: number): string {
    const digest = this.digests[index];
    return IS_SERVED && digest ? `${path}?d=${encodeURIComponent(digest)}` : path;
  }
}
