// What the hand holds: the tool, its size, and the label that it paints.
export type Tool = "brush" | "eraser" | "fill" | "line" | "picker" | "hand";

export interface ToolKind {
  tool: Tool;
  title: string;
  key: string;
  use: string;
}

export const TOOLS: ToolKind[] = [
  { tool: "brush", title: "Brush", key: "B", use: "paints the label; Shift-click draws a straight line from the last point" },
  { tool: "eraser", title: "Eraser", key: "E", use: "uncovers the automatic map, or the ground, below the painting" },
  { tool: "fill", title: "Fill", key: "G", use: "gives the label to a whole area" },
  { tool: "line", title: "Line", key: "L", use: "draws a straight line; Shift keeps it to steps of 45°" },
  { tool: "picker", title: "Eyedropper", key: "I", use: "takes up the label under it; Alt does so with any tool" },
  { tool: "hand", title: "Move", key: "H", use: "moves the view, as Space does with any tool; two fingers zoom" },
];
export const SMALLEST = 1;
export const LARGEST = 160;

export class Toolbox {
  tool: Tool = "brush";
  size = 24;
  label = 0;
  usesPressure = false;
  hasPen = false;
  isPeeking = false;
  private lastLabel = 0;
  private listeners = new Set<() => void>();

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  set(change: Partial<Pick<Toolbox, "tool" | "size" | "usesPressure" | "hasPen" | "isPeeking">>): void {
    Object.assign(this, change);
    this.size = Math.min(LARGEST, Math.max(SMALLEST, Math.round(this.size)));
    for (const listener of this.listeners) listener();
  }

  take(label: number): void {
    if (label !== this.label) this.lastLabel = this.label;
    this.label = label;
    this.set(this.tool === "eraser" || this.tool === "picker" || this.tool === "hand" ? { tool: "brush" } : {});
  }

  swap(): void {
    this.take(this.lastLabel);
  }

  grow(by: 1 | -1): void {
    this.set({ size: this.size + by * Math.max(1, Math.round(this.size * 0.2)) });
  }
}
