import { set } from "../data/location.ts";
import type { Renders } from "../data/renders.ts";
import { Choice, groupTitle } from "../parts/small.tsx";
import { axisText, candidates, type Axes } from "./axes.ts";
import type { Paged } from "./grid_lines.ts";
import type { LinkedZoom } from "./grid_zoom.ts";

/** Inputs that may stand in the image's place, and the key that shows each while it is held. */
export const INSTEAD = [
  { name: "style", title: "Style", key: "s" },
  { name: "target_map", title: "Map", key: "m" },
  { name: "content", title: "Content", key: "c" },
  { name: "style_map", title: "Style’s map", key: "M" },
] as const;

export function AxesBar({ renders, axes, pages }: { renders: Renders; axes: Axes; pages: Paged }) {
  const options = [
    { value: "-", title: "–" },
    ...candidates(renders).map((column) => ({ value: column.name, title: column.title, group: groupTitle(column.group) })),
  ];
  const choose = (side: "rows" | "columns" | "pages") => (value: string) => {
    const now = { rows: axisText(axes.rows), columns: axisText(axes.columns), pages: axisText(axes.pages) };
    // A column that is taken from another side leaves that side its own place.
    for (const other of ["rows", "columns", "pages"] as const) {
      if (other !== side && value !== "-" && now[other] === value) now[other] = now[side];
    }
    set({ ...now, [side]: value, page: null });
  };
  return (
    <div class="toolbar axes" role="group" aria-label="Sides of the grid">
      <Choice label="Rows" value={axisText(axes.rows)} options={options} onChange={choose("rows")} />
      <Choice label="Columns" value={axisText(axes.columns)} options={options} onChange={choose("columns")} />
      <Choice label="Pages" value={axisText(axes.pages)} options={options} onChange={choose("pages")} />
      {axes.pages && <Pager pages={pages} title={axes.pages.title} />}
    </div>
  );
}

interface ControlsProps {
  renders: Renders;
  size: number;
  zoom: LinkedZoom;
  instead: string | null;
}

/** What each cell shows, how near and how large. */
export function GridControls({ renders, size, zoom, instead }: ControlsProps) {
  const known = INSTEAD.filter(({ name }) => renders.column(name) !== null);
  return (
    <>
      {known.length > 0 && (
        <div class="buttons" role="group" aria-label="Show in place">
          <button aria-pressed={instead === null} onClick={() => set({ see: null })}>Output</button>
          {known.map(({ name, title, key }) => (
            <button key={name} aria-pressed={instead === name} title={`Hold ${key}`} onClick={() => set({ see: instead === name ? null : name })}>
              {title}
            </button>
          ))}
        </div>
      )}
      <div class="buttons" role="group" aria-label="Zoom of all cells">
        <button aria-label="Zoom out of all cells" disabled={zoom.factor <= 1} onClick={() => zoom.by(-1)}>−</button>
        <button class="zoom-is" title="Whole pictures (0)" disabled={zoom.factor <= 1} onClick={zoom.reset}>{zoom.factor.toFixed(1)}×</button>
        <button aria-label="Zoom into all cells" onClick={() => zoom.by(1)}>+</button>
      </div>
      <label class="choice size">
        <span>Size</span>
        <input type="range" min="0.4" max="3" step="0.1" value={size} onInput={(event) => set({ size: event.currentTarget.value })} />
      </label>
    </>
  );
}

export function turnPage(pages: Paged, by: number): void {
  const level = pages.levels[(pages.page + by + pages.levels.length) % pages.levels.length];
  if (level) set({ page: level.label });
}

function Pager({ pages, title }: { pages: Paged; title: string }) {
  const options = pages.levels.map((level) => ({ value: level.label, title: `${level.label} (${level.count.toLocaleString("en")})` }));
  return (
    <div class="pager">
      <button aria-label="Page before" title="[" onClick={() => turnPage(pages, -1)}>‹</button>
      <Choice label={title} value={pages.levels[pages.page]?.label ?? ""} options={options} onChange={(value) => set({ page: value })} />
      <button aria-label="Page after" title="]" onClick={() => turnPage(pages, 1)}>›</button>
    </div>
  );
}
