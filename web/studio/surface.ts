// A map on the screen, over its picture: shown at any zoom, and painted on with mouse, pen or fingers.
import type { LayerName, SideName } from "./document";
import { MapImage } from "./map_image";
import { Mark } from "./mark";
import { UNPAINTED, type Labels, type Point, type Rectangle } from "./pixels";
import type { Session } from "./session";
import type { Tool, Toolbox } from "./toolbox";
import { Viewport } from "./viewport";

const FINGER_SLIP = 12;

export class Surface {
  onTold: (message: string) => void = () => undefined;
  private view = new Viewport();
  private image = new MapImage();
  private seen: Labels = new Uint8Array(0);
  private known: unknown[] = [];
  private mark: Mark | null = null;
  private pointers = new Map<number, Point>();
  private panning: number | null = null;
  private pinch: { distance: number; middle: Point } | null = null;
  private cursor: Point | null = null;
  private keyboard: Point | null = null;
  private lastPoint: Point | null = null;
  private isSpaceHeld = false;
  private frame = 0;
  private unlisten: (() => void)[];
  private observer = new ResizeObserver(() => this.fitOrKeep());

  constructor(
    private canvas: HTMLCanvasElement,
    private session: Session,
    private name: SideName,
    private tools: Toolbox,
  ) {
    const on = <Kind extends keyof HTMLElementEventMap>(kind: Kind, act: (event: HTMLElementEventMap[Kind]) => void) =>
      canvas.addEventListener(kind, act as EventListener, { passive: false });
    on("pointerdown", (event) => this.down(event));
    on("pointermove", (event) => this.move(event));
    on("pointerup", (event) => this.up(event));
    on("pointercancel", (event) => this.cancel(event));
    on("pointerleave", () => this.setCursor(null));
    on("wheel", (event) => this.wheel(event));
    on("keydown", (event) => this.key(event));
    on("keyup", (event) => event.key === " " && this.setSpace(false));
    on("blur", () => this.setSpace(false));
    on("contextmenu", (event) => event.preventDefault());
    this.unlisten = [session.onChange(() => this.refresh()), tools.onChange(() => this.refresh())];
    this.observer.observe(canvas);
    this.refresh();
  }

  close(): void {
    this.unlisten.forEach((end) => end());
    this.observer.disconnect();
    cancelAnimationFrame(this.frame);
  }

  private get side() {
    return this.session.doc[this.name];
  }

  /** Show the whole map. */
  fit(): void {
    this.view.fit(this.side.width, this.side.height, this.canvas);
    this.draw();
  }

  zoom(factor: number, at?: Point): void {
    this.view.zoom(factor, at ?? { x: this.canvas.clientWidth / 2, y: this.canvas.clientHeight / 2 });
    this.draw();
  }

  private fitOrKeep(): void {
    const ratio = devicePixelRatio;
    this.canvas.width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
    this.canvas.height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
    if (this.view.isFitted) this.fit();
    else this.drawNow(); // at once, as the canvas was cleared
  }

  /** Take over what has changed in the session, unless a stroke is under way. */
  private refresh(): void {
    const { doc, pixels } = this.session;
    const { width, height, ground, painting, automatic } = this.side;
    const layers = pixels[this.name];
    const shown = [
      doc.palette.map((label) => label.color).join(),
      ...[width, height, ground, painting.is_shown, automatic.is_shown],
      ...[layers.painting, layers.automatic],
    ];
    if (!this.mark && shown.some((value, place) => value !== this.known[place])) {
      const isResized = this.known[1] !== width || this.known[2] !== height;
      this.known = shown;
      if (isResized) {
        this.image.resize(width, height);
        this.keyboard = null;
        this.lastPoint = null;
      }
      this.seen = this.session.seen(this.name);
      this.compose({ left: 0, top: 0, right: width, bottom: height });
      if (isResized) this.fit();
    }
    this.draw();
  }

  /** Colour the map's pixels anew in a part of it. */
  private compose(part: Rectangle): void {
    const { ground, painting, automatic } = this.side;
    const layers = { ...this.session.pixels[this.name] };
    if (this.mark) layers[this.mark.layer] = this.mark.draft;
    const shown = [painting.is_shown ? layers.painting : null, automatic.is_shown ? layers.automatic : null];
    const base = painting.is_shown || automatic.is_shown ? ground : UNPAINTED;
    this.image.compose(part, shown, base, this.session.doc.palette.map((label) => label.color));
  }

  private draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.drawNow());
  }

  private drawNow(): void {
    const context = this.canvas.getContext("2d")!;
    const ratio = devicePixelRatio;
    const { scale, x, y } = this.view;
    const { width, height, opacity, is_picture_shown } = this.side;
    const picture = is_picture_shown ? this.session.pictures[this.name] : null;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (picture) {
      context.imageSmoothingEnabled = true;
      context.imageSmoothingQuality = "high";
      context.drawImage(picture, x, y, width * scale, height * scale);
    }
    context.imageSmoothingEnabled = false;
    context.globalAlpha = this.tools.isPeeking && picture ? 0 : picture ? opacity : 1;
    context.drawImage(this.image.canvas, x, y, width * scale, height * scale);
    context.globalAlpha = 1;
    const at = this.cursor ?? (document.activeElement === this.canvas ? this.keyboard : null);
    if (at) this.drawCursor(context, at);
  }

  private drawCursor(context: CanvasRenderingContext2D, at: Point): void {
    const { tool, size, label } = this.tools;
    const isRound = tool === "brush" || tool === "eraser" || tool === "line";
    const radius = isRound ? Math.max(2, (size / 2) * this.view.scale) : 5;
    const centre = this.view.onScreen(at);
    context.lineWidth = 1.25;
    for (const [color, more] of [["rgba(0,0,0,.75)", 0.6], ["rgba(255,255,255,.9)", -0.6]] as const) {
      context.strokeStyle = color;
      context.beginPath();
      context.arc(centre.x, centre.y, Math.max(1, radius + more), 0, 7);
      context.stroke();
    }
    if (tool === "eraser" || tool === "hand") return;
    context.fillStyle = this.session.doc.palette[label]?.color ?? "#000";
    context.beginPath();
    context.arc(centre.x, centre.y, 3, 0, 7);
    context.fill();
  }

  private setCursor(at: Point | null): void {
    this.cursor = at;
    this.draw();
  }

  private setSpace(is: boolean): void {
    this.isSpaceHeld = is;
    this.canvas.classList.toggle("moving", is || this.tools.tool === "hand");
  }

  private onScreen(event: PointerEvent | WheelEvent): Point {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  private radius(event: PointerEvent): number {
    const isPressed = this.tools.usesPressure && event.pointerType === "pen" && event.pressure > 0;
    return (this.tools.size / 2) * (isPressed ? Math.max(0.08, event.pressure * 1.5) : 1);
  }

  private down(event: PointerEvent): void {
    event.preventDefault();
    if (event.pointerType === "pen" && !this.tools.hasPen) this.tools.set({ hasPen: true, usesPressure: true });
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    const at = this.onScreen(event);
    this.pointers.set(event.pointerId, at);
    if (event.pointerType === "touch" && this.pointers.size === 2) {
      this.abandon(); // the first finger's mark was the beginning of a gesture
      this.panning = null;
      this.pinch = this.gesture();
      return;
    }
    if (this.pointers.size > 1) return;
    if (this.tools.tool === "hand" || this.isSpaceHeld || event.button === 1) {
      this.panning = event.pointerId;
      return;
    }
    if (event.button === 0 || event.button === 5) this.begin(event, this.view.onMap(at));
  }

  private begin(event: PointerEvent, at: Point): void {
    const tool = event.altKey ? "picker" : event.button === 5 ? "eraser" : this.tools.tool;
    if (tool === "picker") return this.pick(at);
    const layer = this.session.active(this.name);
    if (!layer) return this.onTold("all layers of this map are locked or hidden; unlock one under Layers");
    const from = event.shiftKey && tool !== "line" && tool !== "fill" && this.lastPoint ? this.lastPoint : at;
    this.start(event.pointerId, tool, layer, from, this.radius(event));
    this.extend(at, this.radius(event), event.shiftKey);
    if (tool === "fill") this.finish();
  }

  private start(pointer: number, tool: Tool, layer: LayerName, at: Point, radius: number): void {
    const { width, height } = this.side;
    const base = this.session.draft(this.name, layer);
    this.mark = new Mark(pointer, tool, layer, base, width, height, at, radius);
  }

  private extend(at: Point, radius: number, isStraight: boolean): void {
    if (!this.mark) return;
    this.compose(this.mark.extend(at, radius, this.tools.label, this.seen, isStraight));
    this.draw();
  }

  private finish(): void {
    const mark = this.mark;
    if (!mark) return;
    this.mark = null;
    this.lastPoint = mark.last;
    this.session.paint(this.name, mark.layer, mark.draft);
    this.refresh();
  }

  private abandon(): void {
    if (!this.mark) return;
    this.mark = null;
    this.known = [this.known[0], this.side.width, this.side.height];
    this.refresh();
  }

  private pick(at: Point): void {
    const { width, height } = this.side;
    const x = Math.floor(at.x);
    const y = Math.floor(at.y);
    if (x >= 0 && y >= 0 && x < width && y < height) this.tools.take(this.seen[y * width + x]!);
  }

  private move(event: PointerEvent): void {
    const at = this.onScreen(event);
    const before = this.pointers.get(event.pointerId);
    if (before) this.pointers.set(event.pointerId, at);
    if (this.pinch) return this.spread();
    if (this.panning === event.pointerId && before) return this.shift(at.x - before.x, at.y - before.y);
    if (this.mark?.pointer === event.pointerId) {
      const events = event.getCoalescedEvents?.() ?? [];
      for (const one of events.length ? events : [event]) {
        this.extend(this.view.onMap(this.onScreen(one)), this.radius(one), event.shiftKey);
      }
    }
    if (event.pointerType !== "touch") this.setCursor(this.view.onMap(at));
  }

  private shift(dx: number, dy: number): void {
    this.view.shift(dx, dy);
    this.draw();
  }

  private gesture(): { distance: number; middle: Point } {
    const [one, other] = [...this.pointers.values()] as [Point, Point];
    return {
      distance: Math.max(FINGER_SLIP, Math.hypot(one.x - other.x, one.y - other.y)),
      middle: { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 },
    };
  }

  private spread(): void {
    if (this.pointers.size !== 2) return;
    const before = this.pinch!;
    this.pinch = this.gesture();
    this.shift(this.pinch.middle.x - before.middle.x, this.pinch.middle.y - before.middle.y);
    this.zoom(this.pinch.distance / before.distance, this.pinch.middle);
  }

  private up(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    if (this.panning === event.pointerId) this.panning = null;
    if (this.mark?.pointer === event.pointerId) this.finish();
    if (!this.pointers.size) this.pinch = null;
  }

  private cancel(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    this.panning = null;
    if (!this.pointers.size) this.pinch = null;
    if (this.mark?.pointer === event.pointerId) this.abandon();
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
    if (event.shiftKey) this.shift(-event.deltaY * lines, 0);
    else this.zoom(Math.exp((-event.deltaY * lines) / (event.ctrlKey ? 120 : 400)), this.onScreen(event));
  }

  /** Arrows move a cursor over the map, and Enter uses the tool there; with Shift from where it was used last. */
  private key(event: KeyboardEvent): void {
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, -1],
      ArrowDown: [0, 1],
    };
    const { width, height } = this.side;
    const at = this.keyboard ?? { x: width / 2, y: height / 2 };
    const move = moves[event.key];
    if (move) {
      const step = event.shiftKey ? 1 : Math.max(1, this.tools.size / 2);
      this.keyboard = {
        x: Math.min(width - 0.5, Math.max(0.5, at.x + move[0] * step)),
        y: Math.min(height - 0.5, Math.max(0.5, at.y + move[1] * step)),
      };
      this.cursor = null;
      this.draw();
    } else if (event.key === "Enter") {
      this.keyboard = at;
      this.useAt(at, event.shiftKey);
    } else if (event.key === " ") {
      this.setSpace(true);
    } else if (event.key === "Escape") {
      this.abandon();
    } else {
      return;
    }
    event.preventDefault();
  }

  private useAt(at: Point, isFromLast: boolean): void {
    const { tool, size } = this.tools;
    const layer = this.session.active(this.name);
    if (tool === "picker") return this.pick(at);
    if (tool === "hand") return;
    if (!layer) return this.onTold("all layers of this map are locked or hidden; unlock one under Layers");
    this.start(-1, tool, layer, (isFromLast || tool === "line") && this.lastPoint ? this.lastPoint : at, size / 2);
    this.extend(at, size / 2, false);
    this.finish();
  }
}
