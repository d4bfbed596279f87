// Renders side by side: a table by two parameters or tags, or a flow of all of them.
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { address, usePlace } from "../data/location.ts";
import type { Renders } from "../data/renders.ts";
import { markForComparison, useCompared } from "../parts/compared.ts";
import { FilterBar } from "../parts/filters.tsx";
import { useHeld, useKeys } from "../parts/keys.ts";
import { useSize } from "../parts/size.ts";
import { Empty } from "../parts/small.tsx";
import { picks, usePicks } from "../picks/picks.ts";
import { axesOf } from "./axes.ts";
import { GridCell } from "./grid_cell.tsx";
import { linesOf, paged, type Line } from "./grid_lines.ts";
import { AxesBar, GridControls, INSTEAD, turnPage } from "./grid_toolbar.tsx";
import { useLinkedZoom } from "./grid_zoom.ts";

const GAP = 8;
const [HEADING, COLUMN_HEAD, CAPTION] = [44, 34, 24];
const MARGIN = 400; // pixels beyond what is seen that are drawn as well
const RING = 4; // above the first line, for the ring of a starred cell
const LEAST_CELL = 72;
const EDGE = 12; // beside renders that flow

interface Focus {
  line: number;
  cell: number;
}

export function GridView({ renders, selection }: { renders: Renders; selection: number[] }) {
  const { params } = usePlace();
  const [box, size] = useSize<HTMLDivElement>();
  const [scroll, setScroll] = useState({ top: 0, left: 0 });
  const [held, setHeld] = useState<string | null>(null);
  const [tops, setTops] = useState<ReadonlyMap<number, number>>(new Map());
  const [focus, setFocus] = useState<Focus>({ line: 0, cell: 0 });
  const hovered = useRef<string | null>(null);
  const wantsFocus = useRef(false);
  const zoom = useLinkedZoom(box);
  const marks = usePicks();
  const compared = useCompared();

  const axesKey = ["rows", "columns", "pages"].map((key) => params.get(key)).join("\n");
  const axes = useMemo(() => axesOf(renders, params), [renders, axesKey]);
  const pages = useMemo(() => paged(axes, selection, params.get("page")), [axes, selection, params.get("page")]);
  const scale = Math.min(3, Math.max(0.4, Number(params.get("size")) || 1));
  const aspect = useMemo(() => typicalAspect(renders), [renders]);

  const isTable = axes.rows !== null && axes.columns !== null;
  const label = isTable ? (size.width < 600 ? 64 : 124) : 0;
  const inner = Math.max(0, size.width - (isTable ? label + GAP : 2 * EDGE));
  const flow = flowOf(inner, scale);
  const { lines, columns } = useMemo(() => linesOf(axes, pages.members, flow.across), [axes, pages, flow.across]);
  const fitted = isTable ? fit(inner, size.height - COLUMN_HEAD - RING, columns?.length ?? 1, lines.length, aspect) : flow.width;
  const width = Math.max(LEAST_CELL, Math.floor(isTable ? fitted * scale : fitted));
  const height = Math.round(width * aspect);
  const isCaptioned = !isTable;
  const rowHeight = height + GAP + (isCaptioned ? CAPTION : 0);
  const leftOut = [axes.rows, axes.columns, axes.pages].flatMap((column) => (column ? [column.name] : []));

  const offsets = useMemo(() => {
    const tops = [isTable ? COLUMN_HEAD + RING : GAP];
    for (const line of lines) tops.push(tops.at(-1)! + (line.heading === null ? rowHeight : HEADING));
    return tops;
  }, [lines, rowHeight, isTable]);

  const total = offsets.at(-1) ?? 0;
  const firstLine = Math.max(0, above(offsets, scroll.top - MARGIN));
  const lastLine = Math.min(lines.length - 1, above(offsets, scroll.top + size.height + MARGIN));
  const drawn = range(firstLine, lastLine);
  if (focus.line < lines.length && (focus.line < firstLine || focus.line > lastLine)) drawn.push(focus.line); // keeps the focus
  const across = Math.max(1, ...lines.slice(firstLine, lastLine + 1).map((line) => line.cells.length));
  const firstCell = isTable ? Math.max(0, Math.floor((scroll.left - MARGIN) / (width + GAP))) : 0;
  const lastCell = isTable ? Math.ceil((scroll.left + size.width + MARGIN) / (width + GAP)) : across;

  const idAt = ({ line, cell }: Focus): string | null => {
    const stack = lines[line]?.cells[cell];
    const index = stack?.[tops.get(stack[0]!) ?? 0];
    return index === undefined ? null : renders.id(index);
  };
  const target = (): string | null => hovered.current ?? (box.current?.contains(document.activeElement) ? idAt(focus) : null);

  const move = (downward: number, sideward: number): false | void => {
    if (!box.current?.contains(document.activeElement)) return false;
    hovered.current = null;
    const next = nextFocus(lines, focus, downward, sideward);
    wantsFocus.current = true;
    setFocus(next);
    bringIntoView(box.current, offsets, next, width, label, rowHeight, isTable ? COLUMN_HEAD : 0);
  };
  useLayoutEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    box.current?.querySelector<HTMLElement>(".cell-link[tabindex='0']")?.focus({ preventScroll: true });
  });
  useEffect(() => {
    if (!lines[focus.line]?.cells[focus.cell]?.length) setFocus(nextFocus(lines, { line: 0, cell: -1 }, 0, 1));
  }, [lines]);

  useEffect(() => box.current?.scrollTo(0, 0), [axesKey, params.get("page"), params.getAll("f").join(), params.get("q")]);
  const onTarget = (action: (id: string) => void) => (): false | void => {
    const id = target();
    if (id === null) return false;
    action(id);
  };
  const turn = (by: number) => onTarget((id) => {
    const stack = lines.flatMap((line) => line.cells).find((cell) => cell.some((index) => renders.id(index) === id));
    if (stack) setTops((known) => new Map(known).set(stack[0]!, ((known.get(stack[0]!) ?? 0) + by + stack.length) % stack.length));
  });
  useHeld(INSTEAD.map(({ key }) => key), (key) => setHeld(INSTEAD.find((known) => known.key === key)?.name ?? null));
  useKeys({
    ArrowDown: () => move(1, 0), ArrowUp: () => move(-1, 0), ArrowRight: () => move(0, 1), ArrowLeft: () => move(0, -1),
    p: onTarget((id) => picks.toggle(id, "star")), x: onTarget((id) => picks.toggle(id, "reject")), u: onTarget((id) => picks.clear([id])),
    v: onTarget(markForComparison), o: onTarget((id) => { location.hash = address("render", id); }),
    "[": () => turnPage(pages, -1), "]": () => turnPage(pages, 1), ".": turn(1), ",": turn(-1),
    "+": () => zoom.by(1), "=": () => zoom.by(1), "-": () => zoom.by(-1), "0": zoom.reset,
    g: () => { box.current?.querySelector<HTMLElement>(".cell-link[tabindex='0']")?.focus(); },
    Escape: () => (zoom.factor > 1 ? zoom.reset() : false),
  });

  const instead = held ?? params.get("see");
  const drawCell = (stack: number[], line: number, cell: number) => {
    if (stack.length === 0) return null;
    const top = Math.min(tops.get(stack[0]!) ?? 0, stack.length - 1);
    const index = stack[top]!;
    const id = renders.id(index);
    return (
      <GridCell
        renders={renders} stack={stack} top={top} width={width} height={height} zoom={zoom.factor} instead={instead}
        onTop={(next) => setTops((known) => new Map(known).set(stack[0]!, next))}
        caption={renders.caption(index, isTable ? [] : leftOut, 3)} isCaptioned={isCaptioned}
        mark={marks.of(id)} isCompared={compared === id} isInTabOrder={focus.line === line && focus.cell === cell}
      />
    );
  };

  return (
    <div class="view grid-view">
      <FilterBar renders={renders} passing={selection.length}>
        <GridControls renders={renders} size={scale} zoom={zoom} instead={params.get("see")} />
      </FilterBar>
      <AxesBar renders={renders} axes={axes} pages={pages} />
      <div
        ref={box}
        class={zoom.factor > 1 ? "grid zoomed" : "grid"}
        role="grid"
        tabIndex={lines.length === 0 ? 0 : -1}
        aria-label={`${pages.members.length} renders`}
        aria-rowcount={lines.length + (columns ? 1 : 0)}
        aria-colcount={columns ? columns.length + 1 : across}
        onScroll={(event) => setScroll({ top: event.currentTarget.scrollTop, left: event.currentTarget.scrollLeft })}
        onPointerMove={(event) => { hovered.current = idOf(event.target); }}
        onPointerLeave={() => { hovered.current = null; }}
        onFocusIn={(event: FocusEvent) => {
          const at = placeOf(event.target);
          if (at && (at.line !== focus.line || at.cell !== focus.cell)) setFocus(at);
        }}
      >
        {columns && (
          <div class="grid-columns" role="row" aria-rowindex={1} style={{ width: `${label + columns.length * (width + GAP)}px`, height: `${COLUMN_HEAD}px` }}>
            <div class="grid-corner" role="columnheader" style={{ width: `${label}px`, height: `${COLUMN_HEAD}px` }}>
              <span class="corner-columns">{axes.columns?.title} →</span>
              <span class="corner-rows">{axes.rows?.title} ↓</span>
            </div>
            {columns.map((text, place) =>
              place < firstCell || place > lastCell ? null : (
                <div key={text} class="grid-column" role="columnheader" style={{ left: `${label + place * (width + GAP)}px`, width: `${width}px`, height: `${COLUMN_HEAD}px` }}>
                  {text}
                </div>
              ),
            )}
          </div>
        )}
        {lines.length === 0 && (
          <div role="row"><div role="gridcell"><Empty>{renders.count ? "No render passes the filters." : "No render has been stored yet."}</Empty></div></div>
        )}
        {drawn.map((line) => {
          const { heading, label: side, cells } = lines[line]!;
          const place = { top: `${offsets[line]}px`, height: `${heading === null ? rowHeight : HEADING}px` };
          if (heading !== null) {
            return (
              <div key={line} class="grid-line" role="row" style={place}>
                <div class="grid-heading" role="rowheader">{heading}</div>
              </div>
            );
          }
          return (
            <div key={line} class="grid-line" role="row" aria-rowindex={line + (columns ? 2 : 1)} style={place}>
              {side !== null && (
                <div class="grid-label" role="rowheader" style={{ width: `${label}px`, height: `${height}px` }}>
                  {side}
                </div>
              )}
              {cells.map((stack, cell) =>
                cell < firstCell || cell > lastCell ? null : (
                  <div key={cell} class="grid-cell" role="gridcell" data-line={line} data-cell={cell} style={{ left: `${(isTable ? label : EDGE) + cell * (width + GAP)}px` }}>
                    {drawCell(stack, line, cell)}
                  </div>
                ),
              )}
            </div>
          );
        })}
        <div class="grid-extent" role="presentation" style={{ height: `${total}px`, width: `${isTable ? label + (columns?.length ?? 0) * (width + GAP) : 1}px` }} />
      </div>
    </div>
  );
}

function flowOf(inner: number, scale: number): { across: number; width: number } {
  const across = Math.max(1, Math.round((inner + GAP) / ((inner < 600 ? 170 : 216) * scale)));
  return { across, width: Math.floor((inner - GAP * (across - 1)) / across) };
}

/** As wide as all columns allow, and no higher than lets all rows be seen, unless they would be small. */
function fit(width: number, height: number, columns: number, rows: number, aspect: number): number {
  const byWidth = width / columns - GAP;
  const byHeight = (height / rows - GAP) / aspect;
  return Math.min(byWidth < 110 ? 110 : byWidth, Math.max(byHeight, 180), 480);
}

function typicalAspect(renders: Renders): number {
  const shapes = range(0, Math.min(renders.count, 500) - 1).map((index) => renders.height(index) / renders.width(index));
  return Math.min(2, Math.max(0.4, shapes.sort((a, b) => a - b)[Math.floor(shapes.length / 2)] ?? 1));
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => first + place);
}

/** The number of the last line that begins at or above `y`. */
function above(offsets: readonly number[], y: number): number {
  let [low, high] = [0, offsets.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsets[middle]! <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The nearest cell in a direction that has a render; the same cell when there is none. */
function nextFocus(lines: readonly Line[], from: Focus, downward: number, sideward: number): Focus {
  let { line, cell } = from;
  for (let steps = 0; steps < 2000; steps += 1) {
    line += downward;
    cell += sideward;
    const cells = lines[line]?.cells;
    if (!cells) return from;
    if (sideward && (cell >= cells.length || cell < 0)) {
      line += sideward;
      const next = lines[line]?.cells;
      if (!next) return from;
      cell = sideward > 0 ? -1 : next.length;
      continue;
    }
    const reached = Math.min(cell, cells.length - 1);
    if (cells[reached]?.length) return { line, cell: reached };
  }
  return from;
}

function bringIntoView(box: HTMLElement, offsets: readonly number[], { line, cell }: Focus, width: number, label: number, height: number, head: number): void {
  const top = offsets[line] ?? 0;
  if (top - head < box.scrollTop) box.scrollTop = top - head;
  else if (top + height > box.scrollTop + box.clientHeight) box.scrollTop = top + height - box.clientHeight;
  const left = cell * (width + GAP);
  if (left < box.scrollLeft) box.scrollLeft = left;
  else if (left + label + width > box.scrollLeft + box.clientWidth) box.scrollLeft = left + label + width - box.clientWidth;
}

function idOf(target: EventTarget | null): string | null {
  return (target as Element | null)?.closest(".grid-cell")?.querySelector<HTMLElement>(".cell-link")?.dataset["id"] ?? null;
}

function placeOf(target: EventTarget | null): Focus | null {
  const cell = (target as Element | null)?.closest<HTMLElement>(".grid-cell");
  return cell ? { line: Number(cell.dataset["line"]), cell: Number(cell.dataset["cell"]) } : null;
}
