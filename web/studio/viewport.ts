// Which part of a map is seen, and how large.
import type { Point } from "./pixels";

const MOST_ZOOM = 24;
const LEAST_ZOOM = 0.1;
const MARGIN = 24;

export class Viewport {
  scale = 1;
  x = 0;
  y = 0;
  isFitted = true;

  /** Show a map of this size whole, in the middle of the screen's part. */
  fit(width: number, height: number, screen: HTMLElement): void {
    const { clientWidth, clientHeight } = screen;
    this.scale = Math.max(Math.min((clientWidth - MARGIN) / width, (clientHeight - MARGIN) / height), 0.05);
    this.x = (clientWidth - width * this.scale) / 2;
    this.y = (clientHeight - height * this.scale) / 2;
    this.isFitted = true;
  }

  /** Make the map larger by a factor; the point on the screen stays where it is. */
  zoom(factor: number, at: Point): void {
    const scale = Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, this.scale * factor));
    const by = scale / this.scale;
    this.scale = scale;
    this.shift((at.x - this.x) * (1 - by), (at.y - this.y) * (1 - by));
  }

  shift(dx: number, dy: number): void {
    this.x += dx;
    this.y += dy;
    this.isFitted = false;
  }

  onMap({ x, y }: Point): Point {
    return { x: (x - this.x) / this.scale, y: (y - this.y) / this.scale };
  }

  onScreen({ x, y }: Point): Point {
    return { x: x * this.scale + this.x, y: y * this.scale + this.y };
  }
}
