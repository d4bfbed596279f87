// What a tool leaves on one layer between the pointer's going down and up: the layer before, and a draft of it after.
import type { LayerName } from "./document";
import { fill, NOWHERE, stroke, union, UNPAINTED, type Labels, type Point, type Rectangle } from "./pixels";
import type { Tool } from "./toolbox";

export class Mark {
  last: Point;
  readonly draft: Labels;
  private lastRadius: number;
  private touched: Rectangle = NOWHERE;

  constructor(
    readonly pointer: number,
    readonly tool: Tool,
    readonly layer: LayerName,
    private base: Labels,
    private width: number,
    private height: number,
    private start: Point,
    radius: number,
  ) {
    this.draft = base.slice();
    this.last = start;
    this.lastRadius = radius;
  }

  /** Go on to a point; returns the part of the draft that is another now. `seen` is what an area is told by. */
  extend(at: Point, radius: number, label: number, seen: Labels, isStraight: boolean): Rectangle {
    const part = this.drawTo(at, radius, label, seen, isStraight);
    this.last = at;
    this.lastRadius = radius;
    this.touched = union(this.touched, part);
    return part;
  }

  private drawTo(at: Point, radius: number, label: number, seen: Labels, isStraight: boolean): Rectangle {
    const { draft, width, height } = this;
    if (this.tool === "fill") return fill(draft, seen, width, height, at, label);
    if (this.tool === "line") {
      draft.set(this.base);
      const end = isStraight ? straightened(this.start, at) : at;
      return union(this.touched, stroke(draft, width, height, this.start, end, radius, label));
    }
    const paint = this.tool === "eraser" ? UNPAINTED : label;
    return stroke(draft, width, height, this.last, at, Math.max((this.lastRadius + radius) / 2, 0.5), paint);
  }
}

function straightened(from: Point, to: Point): Point {
  const angle = (Math.round(Math.atan2(to.y - from.y, to.x - from.x) / (Math.PI / 4)) * Math.PI) / 4;
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  return { x: from.x + length * Math.cos(angle), y: from.y + length * Math.sin(angle) };
}
