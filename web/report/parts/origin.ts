// Where in its styles each patch of a render comes from.

export interface OriginPlace {
  /** Number of the style. */
  style: number;
  /** The patch's middle, in shares of the style's width and height. */
  x: number;
  y: number;
}

export function colourOf(x: number, y: number): [number, number, number] {
  const light = 0.62 - 0.34 * y;
  const hue = 225 - 195 * x; // blue over green to orange
  const spread = 0.75 * Math.min(light, 1 - light);
  const channel = (offset: number): number => {
    const k = (offset + hue / 30) % 12;
    return Math.round(255 * (light - spread * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}

export class OriginMap {
  constructor(readonly width: number, readonly height: number, private readonly pixels: Uint8ClampedArray) {}

  /** Read a map from the address of its picture, which has to be part of the page. */
  static async read(picture: string): Promise<OriginMap> {
    const image = new Image();
    image.src = picture;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) throw new Error("there is no canvas");
    context.drawImage(image, 0, 0);
    return new OriginMap(canvas.width, canvas.height, context.getImageData(0, 0, canvas.width, canvas.height).data);
  }

  /** Where the patch at a place of the render, in shares, comes from. */
  at(x: number, y: number): OriginPlace {
    const column = Math.min(this.width - 1, Math.floor(x * this.width));
    const row = Math.min(this.height - 1, Math.floor(y * this.height));
    const start = 4 * (row * this.width + column);
    return { x: this.pixels[start]! / 255, y: this.pixels[start + 1]! / 255, style: this.pixels[start + 2]! };
  }

  coloured(): ImageData {
    const image = new ImageData(this.width, this.height);
    for (let start = 0; start < this.pixels.length; start += 4) {
      image.data.set(colourOf(this.pixels[start]! / 255, this.pixels[start + 1]! / 255), start);
      image.data[start + 3] = 255;
    }
    return image;
  }
}

/** The colours of all places of a style, to be laid over it as the key of the origin map. */
export function keyOfColours(side = 32): OriginMap {
  const pixels = new Uint8ClampedArray(4 * side * side);
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column < side; column += 1) {
      pixels.set([(255 * column) / (side - 1), (255 * row) / (side - 1), 0, 255], 4 * (row * side + column));
    }
  }
  return new OriginMap(side, side, pixels);
}
