// Painting with labels. A pixel has one label or none, so nothing here ever mixes two: no edge has a colour of its own.
export const UNPAINTED = 255;
export type Labels = Uint8Array<ArrayBuffer>;

export interface Point {
  x: number;
  y: number;
}

/** A part of a map, from left and top to right and bottom, these excluded. */
export interface Rectangle {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export const NOWHERE: Rectangle = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };

export function union(one: Rectangle, other: Rectangle): Rectangle {
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

/** Paint all pixels whose centre is within a radius of the way from one point to another; returns where. */
export function stroke(
  labels: Labels,
  width: number,
  height: number,
  from: Point,
  to: Point,
  radius: number,
  label: number,
): Rectangle {
  const reach = Math.max(radius, 0.5);
  const left = Math.max(0, Math.floor(Math.min(from.x, to.x) - reach));
  const top = Math.max(0, Math.floor(Math.min(from.y, to.y) - reach));
  const right = Math.min(width, Math.ceil(Math.max(from.x, to.x) + reach) + 1);
  const bottom = Math.min(height, Math.ceil(Math.max(from.y, to.y) + reach) + 1);
  if (left >= right || top >= bottom) return NOWHERE;
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const length = dx * dx + dy * dy;
  const limit = reach * reach;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const px = x + 0.5 - from.x;
      const py = y + 0.5 - from.y;
      const along = length ? Math.min(1, Math.max(0, (px * dx + py * dy) / length)) : 0;
      const ex = px - along * dx;
      const ey = py - along * dy;
      if (ex * ex + ey * ey <= limit) labels[y * width + x] = label;
    }
  }
  // However thin and slanted, a line has no gaps: the pixels that its points lie in are painted, too.
  const steps = Math.ceil(Math.max(Math.abs(dx), Math.abs(dy)) * 2);
  for (let step = 0; step <= steps; step++) {
    const part = steps ? step / steps : 0;
    const x = Math.floor(from.x + dx * part);
    const y = Math.floor(from.y + dy * part);
    if (x >= 0 && y >= 0 && x < width && y < height) labels[y * width + x] = label;
  }
  return { left, top, right, bottom };
}

/** Give `label` to the area of one label, as `seen` has it, that a point lies in; returns where. */
export function fill(labels: Labels, seen: Labels, width: number, height: number, at: Point, label: number): Rectangle {
  const start = Math.floor(at.y) * width + Math.floor(at.x);
  if (at.x < 0 || at.y < 0 || at.x >= width || at.y >= height) return NOWHERE;
  const wanted = seen[start]!;
  const visited = new Uint8Array(width * height);
  const waiting = [start];
  let area = NOWHERE;
  while (waiting.length) {
    const place = waiting.pop()!;
    if (visited[place] || seen[place] !== wanted) continue;
    const y = Math.floor(place / width);
    let left = place;
    while (left > y * width && seen[left - 1] === wanted && !visited[left - 1]) left--;
    let right = place;
    while (right < (y + 1) * width - 1 && seen[right + 1] === wanted && !visited[right + 1]) right++;
    for (let one = left; one <= right; one++) {
      visited[one] = 1;
      labels[one] = label;
      if (y > 0 && seen[one - width] === wanted && !visited[one - width]) waiting.push(one - width);
      if (y < height - 1 && seen[one + width] === wanted && !visited[one + width]) waiting.push(one + width);
    }
    area = union(area, { left: left - y * width, top: y, right: right - y * width + 1, bottom: y + 1 });
  }
  return area;
}

/** The label at each pixel, all layers together, as it is rendered. */
export function flattened(painting: Labels | null, automatic: Labels | null, ground: number, count: number): Labels {
  const seen = new Uint8Array(count).fill(ground);
  for (const layer of [automatic, painting]) {
    if (!layer) continue;
    for (let place = 0; place < count; place++) if (layer[place] !== UNPAINTED) seen[place] = layer[place]!;
  }
  return seen;
}

export function counted(labels: Labels | null): Uint32Array {
  const counts = new Uint32Array(256);
  if (labels) for (const label of labels) counts[label]!++;
  return counts;
}

/** Colours as 32-bit pixels of a canvas, by label; what has no label is transparent. */
export function colorTable(colors: string[]): Uint32Array {
  const table = new Uint32Array(256);
  colors.forEach((color, label) => {
    const rgb = parseInt(color.slice(1), 16);
    table[label] = ((255 << 24) | ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0;
  });
  return table;
}
