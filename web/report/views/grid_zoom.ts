// One zoom for all cells: a magnification, and which place of every picture is in its cell's upper left corner.
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { RefObject } from "preact";
import { place, set } from "../data/location.ts";

export interface GridZoom {
  factor: number;
  x: number;
  y: number;
}

const WHOLE: GridZoom = { factor: 1, x: 0, y: 0 };
const STEP = 1.25;
const MOST = 12;
const REST_MS = 300;
const SLIP = 4; // pixels that a click may move

function within({ factor, x, y }: GridZoom): GridZoom {
  const zoom = Math.min(MOST, Math.max(1, factor));
  const last = 1 - 1 / zoom;
  return { factor: zoom, x: Math.min(last, Math.max(0, x)), y: Math.min(last, Math.max(0, y)) };
}

function fromAddress(): GridZoom {
  const [factor = NaN, x = NaN, y = NaN] = (place().params.get("zoom") ?? "").split(",").map(Number);
  return [factor, x, y].every(Number.isFinite) ? within({ factor, x, y }) : WHOLE;
}

/** Magnify so that the place `at`, in shares of a cell, stays where it is. */
export function magnified(zoom: GridZoom, factor: number, at: { x: number; y: number }): GridZoom {
  const next = Math.min(MOST, Math.max(1, zoom.factor * factor));
  const gain = 1 / zoom.factor - 1 / next;
  return within({ factor: next, x: zoom.x + at.x * gain, y: zoom.y + at.y * gain });
}

export interface LinkedZoom {
  factor: number;
  by: (steps: number) => void;
  reset: () => void;
}

/** Follow wheel and drag over cells in `box`; the zoom is in its custom properties, so that no cell is drawn again. */
export function useLinkedZoom(box: RefObject<HTMLElement>): LinkedZoom {
  const now = useRef<GridZoom>(fromAddress());
  const [factor, setFactor] = useState(now.current.factor);
  const rest = useRef(0);

  const apply = (zoom: GridZoom): void => {
    now.current = zoom;
    const style = box.current?.style;
    style?.setProperty("--zoom", String(zoom.factor));
    style?.setProperty("--x", `${-100 * zoom.x}%`);
    style?.setProperty("--y", `${-100 * zoom.y}%`);
    setFactor(zoom.factor);
    clearTimeout(rest.current);
    rest.current = window.setTimeout(() => {
      const text = [zoom.factor, zoom.x, zoom.y].map((part) => String(Number(part.toFixed(3)))).join(",");
      if (place().view === "grid" || place().view === "") set({ zoom: zoom.factor > 1 ? text : null });
    }, REST_MS);
  };

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    apply(now.current);
    let drag: { x: number; y: number; from: GridZoom; width: number; height: number; hasMoved: boolean } | null = null;
    const cellOf = (event: Event): DOMRect | null => (event.target as Element).closest(".cell-picture")?.getBoundingClientRect() ?? null;
    const wheel = (event: WheelEvent): void => {
      const cell = cellOf(event);
      if (!cell || (!event.ctrlKey && !event.metaKey)) return; // a plain wheel scrolls
      event.preventDefault();
      const at = { x: (event.clientX - cell.left) / cell.width, y: (event.clientY - cell.top) / cell.height };
      apply(magnified(now.current, STEP ** (-event.deltaY / 100), at));
    };
    const press = (event: PointerEvent): void => {
      const cell = cellOf(event);
      if (!cell || event.button !== 0 || now.current.factor <= 1) return;
      drag = { x: event.clientX, y: event.clientY, from: now.current, width: cell.width, height: cell.height, hasMoved: false };
    };
    const move = (event: PointerEvent): void => {
      if (!drag) return;
      const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
      drag.hasMoved ||= Math.hypot(dx, dy) > SLIP;
      if (!drag.hasMoved) return;
      const { factor: zoom, x, y } = drag.from;
      apply(within({ factor: zoom, x: x - dx / drag.width / zoom, y: y - dy / drag.height / zoom }));
    };
    const release = (): void => {
      const moved = drag?.hasMoved;
      drag = null;
      if (moved) addEventListener("click", stop, { capture: true, once: true });
      if (moved) setTimeout(() => removeEventListener("click", stop, { capture: true }), 0);
    };
    const stop = (event: Event): void => {
      event.preventDefault();
      event.stopPropagation();
    };
    element.addEventListener("wheel", wheel, { passive: false });
    element.addEventListener("pointerdown", press);
    addEventListener("pointermove", move);
    addEventListener("pointerup", release);
    return () => {
      clearTimeout(rest.current);
      element.removeEventListener("wheel", wheel);
      element.removeEventListener("pointerdown", press);
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", release);
    };
  }, [box.current]);

  const middle = { x: 0.5, y: 0.5 };
  return { factor, by: (steps) => apply(magnified(now.current, STEP ** steps, middle)), reset: () => apply(WHOLE) };
}
