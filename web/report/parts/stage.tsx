// A picture in a frame, with zoom and pan; frames that share one View move together.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useSize } from "./size.ts";

export interface View {
  /** Pixels of the screen for one of the picture; null fits the picture into its frame. */
  zoom: number | null;
  /** What is in the frame's middle, as shares of the picture's width and height. */
  x: number;
  y: number;
}

export const FITTED: View = { zoom: null, x: 0.5, y: 0.5 };
export const FULL_SIZE: View = { zoom: 1, x: 0.5, y: 0.5 };
const STEP = 1.25;
const [LEAST, MOST] = [0.05, 16];
const LARGEST_FIT = 3;
const PIXELS_FROM = 4;

export function clampedZoom(zoom: number): number {
  return Math.min(MOST, Math.max(LEAST, zoom));
}

interface StageProps {
  width: number;
  height: number;
  view: View;
  onView: (view: View) => void;
  label: string;
  /** Called with a place in the picture, in shares, as the pointer moves over it or presses it; null when it leaves. */
  onPoint?: (point: { x: number; y: number } | null, isPressed: boolean) => void;
  onFit?: (scale: number) => void;
  children: ComponentChildren;
}

export function Stage({ width, height, view, onView, label, onPoint, onFit, children }: StageProps) {
  const [frame, size] = useSize<HTMLDivElement>();
  const drag = useRef<{ x: number; y: number; from: View } | null>(null);
  const pinch = useRef(new Map<number, { x: number; y: number }>());
  const fit = size.width ? Math.min(size.width / width, size.height / height, LARGEST_FIT) : 0;
  const scale = view.zoom ?? fit;
  const [shownWidth, shownHeight] = [width * scale, height * scale];
  const left = placed(size.width, shownWidth, view.x);
  const top = placed(size.height, shownHeight, view.y);

  useEffect(() => {
    if (fit) onFit?.(fit);
  }, [fit]);

  const inPicture = (clientX: number, clientY: number): { x: number; y: number } => {
    const box = frame.current!.getBoundingClientRect();
    return { x: (clientX - box.left - left) / shownWidth, y: (clientY - box.top - top) / shownHeight };
  };

  /** Zoom so that what is under the pointer stays there. */
  const zoomAt = (factor: number, clientX: number, clientY: number): void => {
    const zoom = clampedZoom(scale * factor);
    const at = inPicture(clientX, clientY);
    const box = frame.current!.getBoundingClientRect();
    const x = at.x + (size.width / 2 - (clientX - box.left)) / (width * zoom);
    const y = at.y + (size.height / 2 - (clientY - box.top)) / (height * zoom);
    onView({ zoom, x: held(x, size.width, width * zoom), y: held(y, size.height, height * zoom) });
  };

  const wheel = useRef<(event: WheelEvent) => void>(() => {});
  wheel.current = (event) => {
    if (!event.ctrlKey && !event.metaKey && view.zoom === null && fit) return; // the page scrolls
    event.preventDefault();
    zoomAt(STEP ** (-event.deltaY / 100), event.clientX, event.clientY);
  };
  useEffect(() => {
    const element = frame.current!;
    const listener = (event: WheelEvent): void => wheel.current(event);
    element.addEventListener("wheel", listener, { passive: false });
    return () => element.removeEventListener("wheel", listener);
  }, []);

  const spread = (): number => {
    const [a, b] = [...pinch.current.values()];
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0;
  };

  const move = (event: PointerEvent): void => {
    const before = spread();
    if (pinch.current.has(event.pointerId)) pinch.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (before && pinch.current.size === 2) {
      zoomAt(spread() / before, event.clientX, event.clientY);
      return;
    }
    const start = drag.current;
    if (start) {
      onView({
        ...view,
        zoom: scale,
        x: held(start.from.x - (event.clientX - start.x) / shownWidth, size.width, shownWidth),
        y: held(start.from.y - (event.clientY - start.y) / shownHeight, size.height, shownHeight),
      });
    } else if (onPoint) {
      const at = inPicture(event.clientX, event.clientY);
      onPoint(at.x >= 0 && at.x < 1 && at.y >= 0 && at.y < 1 ? at : null, event.buttons === 1);
    }
  };

  const press = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    pinch.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const overflows = shownWidth > size.width + 1 || shownHeight > size.height + 1;
    if (overflows) {
      drag.current = { x: event.clientX, y: event.clientY, from: view };
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
    } else onPoint?.(inPicture(event.clientX, event.clientY), true);
  };
  const release = (event: PointerEvent): void => {
    pinch.current.delete(event.pointerId);
    drag.current = null;
  };

  const overflows = shownWidth > size.width + 1 || shownHeight > size.height + 1;
  return (
    <div
      ref={frame}
      class={overflows ? "stage pannable" : "stage"}
      role="group"
      aria-label={label}
      onPointerDown={press}
      onPointerMove={move}
      onPointerUp={release}
      onPointerCancel={release}
      onPointerLeave={() => onPoint?.(null, false)}
      onDblClick={(event) => (view.zoom === null ? zoomAt(1 / scale, event.clientX, event.clientY) : onView(FITTED))}
    >
      {fit > 0 && (
        <div
          class={scale >= PIXELS_FROM ? "stage-picture pixels" : "stage-picture"}
          style={{ width: `${shownWidth}px`, height: `${shownHeight}px`, transform: `translate(${left}px, ${top}px)` }}
        >
          {children}
        </div>
      )}
    </div>
  );
}

/** Where a picture begins in its frame: in the middle when it is smaller, and never with a gap when it is larger. */
function placed(frame: number, shown: number, centre: number): number {
  if (shown <= frame) return Math.round((frame - shown) / 2);
  return Math.round(Math.min(0, Math.max(frame - shown, frame / 2 - centre * shown)));
}

/** The nearest centre at which the picture has no gap in its frame. */
function held(centre: number, frame: number, shown: number): number {
  if (shown <= frame) return 0.5;
  const half = frame / 2 / shown;
  return Math.min(1 - half, Math.max(half, centre));
}

export function ZoomButtons({ view, onView, fit }: { view: View; onView: (view: View) => void; fit: number }) {
  const scale = view.zoom ?? fit;
  const to = (zoom: number): void => onView({ ...view, zoom: clampedZoom(zoom) });
  return (
    <div class="buttons" role="group" aria-label="Zoom">
      <button aria-pressed={view.zoom === null} onClick={() => onView(FITTED)}>Fit</button>
      <button aria-pressed={view.zoom === 1} onClick={() => to(1)}>100 %</button>
      <button aria-label="Zoom out" onClick={() => to(scale / STEP)}>−</button>
      <output class="zoom-is">{Math.round(scale * 100)} %</output>
      <button aria-label="Zoom in" onClick={() => to(scale * STEP)}>+</button>
    </div>
  );
}

/** The keys of a stage: + and − zoom, 0 fits, 1 is left to the views. */
export function zoomKeys(view: View, onView: (view: View) => void, fit: number): Record<string, () => void> {
  const by = (factor: number): void => onView({ ...view, zoom: clampedZoom((view.zoom ?? fit) * factor) });
  return { "+": () => by(STEP), "=": () => by(STEP), "-": () => by(1 / STEP), "0": () => onView(FITTED), f: () => onView(FULL_SIZE) };
}
