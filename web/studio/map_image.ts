// A map's labels in their colours, pixel by pixel, on a canvas that is not shown itself.
import { colorTable, UNPAINTED, type Labels, type Rectangle } from "./pixels";

export class MapImage {
  readonly canvas = document.createElement("canvas");
  private pixels = new ImageData(1, 1);

  resize(width: number, height: number): void {
    this.canvas.width = width;
    this.canvas.height = height;
    this.pixels = new ImageData(width, height);
  }

  /** Colour a part anew: each pixel by the first of `layers` that has a label there, else by `base`. */
  compose({ left, top, right, bottom }: Rectangle, layers: (Labels | null)[], base: number, palette: string[]): void {
    if (left >= right || top >= bottom) return;
    const { width } = this.canvas;
    const [above, below] = layers;
    const colors = colorTable(palette);
    const out = new Uint32Array(this.pixels.data.buffer);
    for (let y = top; y < bottom; y++) {
      for (let place = y * width + left; place < y * width + right; place++) {
        let label = above ? above[place]! : UNPAINTED;
        if (label === UNPAINTED && below) label = below[place]!;
        if (label === UNPAINTED) label = base;
        out[place] = colors[label]!;
      }
    }
    this.canvas.getContext("2d")!.putImageData(this.pixels, 0, 0, left, top, right - left, bottom - top);
  }
}
