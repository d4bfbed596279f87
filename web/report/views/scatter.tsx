// Any number of the renders against any other column; a point is a render.
import uPlot from "uplot";
import { useMemo, useState } from "preact/hooks";
import { figure, type Column } from "../data/column.ts";
import { go, set, usePlace } from "../data/location.ts";
import type { Renders } from "../data/renders.ts";
import { axis, Chart, palette, useDarkness } from "../parts/chart.tsx";
import { Choice, groupTitle } from "../parts/small.tsx";
import { sensible } from "./axes.ts";

const MOST_COLOURS = 8;
const MOST_MEANS = 40;
const MOST_EVEN = 12; // values that stand evenly beside one another, as those of grids rise in steps
const LOG_FROM = 50; // the largest over the smallest, from which numbers are shown by their logarithm
const GOLDEN = 0.618034; // spreads points that stand on one value evenly
const REACH = 14; // pixels from a point that still mean it

interface Points {
  data: uPlot.AlignedData;
  entries: Entry[];
  names: string[];
  means: boolean;
  isLog: boolean;
  labels: string[] | null;
}

/** What the chart shows: of the address, else a metric against the first parameter that varies. */
export function chosen(renders: Renders, params: URLSearchParams): { x: Column | null; y: Column | null; by: Column | null } {
  const numbers = renders.columns.filter((column) => column.isNumber && column.varies);
  const parameters = renders.varying("parameter", "tag");
  const y = renders.column(params.get("y")) ?? numbers.find((column) => column.group === "metric") ?? numbers.find((column) => column.group === "loss") ?? null;
  const grid = sensible(renders);
  const x = renders.column(params.get("x")) ?? grid.columns ?? parameters.find((column) => column.isNumber) ?? parameters[0] ?? numbers.find((column) => column !== y) ?? null;
  const few = [grid.rows, ...parameters].find((column) => column && column !== x && column.levels().length <= MOST_COLOURS);
  const by = params.has("by") ? renders.column(params.get("by")) : (few ?? null);
  return { x, y, by };
}

interface Entry {
  x: number;
  series: number;
  y: number;
  /** The render; -1 for a mean. */
  index: number;
}

function pointsOf(selection: readonly number[], x: Column, y: Column, by: Column | null): Points {
  const isOrdinal = !x.isNumber || x.levels().length <= MOST_EVEN;
  const position = isOrdinal ? (index: number) => x.levelOf(index) : (index: number) => x.number(index);
  const indices = selection.filter((index) => position(index) !== null && y.number(index) !== null);
  const present = by ? [...new Set(indices.map((index) => by.levelOf(index)))].sort((a, b) => a - b) : [0];
  const shown = present.slice(0, MOST_COLOURS);
  const colour = new Map(present.map((level, place) => [level, Math.min(place, shown.length - 1)]));
  const step = isOrdinal ? Math.min(0.1, 0.5 / shown.length) : 0;
  const entries: Entry[] = indices.map((index) => {
    const series = by ? (colour.get(by.levelOf(index)) ?? 0) : 0;
    const beside = step * (series - (shown.length - 1) / 2 + 0.8 * (((index * GOLDEN) % 1) - 0.5));
    return { x: position(index)! + beside, series, y: y.number(index)!, index };
  });
  const range = extent(entries.map((entry) => entry.x));
  const isLog = !isOrdinal && range.low > 0 && range.high / range.low >= LOG_FROM;
  const averages = x.levels().length <= MOST_MEANS && entries.length > shown.length ? meansOf(entries, position, shown.length) : [];
  const all = [...entries, ...averages.map((mean) => ({ ...mean, x: mean.x + step * (mean.series - (shown.length - 1) / 2) }))].sort((a, b) => a.x - b.x);
  const dots = shown.map((_, series) => all.map((entry) => (entry.series === series && entry.index >= 0 ? entry.y : null)));
  const lines = averages.length ? shown.map((_, series) => all.map((entry) => (entry.series === series && entry.index < 0 ? entry.y : undefined))) : [];
  const names = by ? shown.map((level, place) => (place === MOST_COLOURS - 1 && present.length > MOST_COLOURS ? "others" : by.levels()[level]!.label)) : [];
  return {
    data: [all.map((entry) => entry.x), ...dots, ...lines] as uPlot.AlignedData,
    entries, names, means: lines.length > 0, isLog, labels: isOrdinal ? x.levels().map((level) => level.label) : null,
  };
}

function extent(numbers: readonly number[]): { low: number; high: number } {
  return numbers.reduce(({ low, high }, number) => ({ low: Math.min(low, number), high: Math.max(high, number) }), { low: Infinity, high: -Infinity });
}

/** The mean of each colour at each x. */
function meansOf(entries: readonly Entry[], position: (index: number) => number | null, colours: number): Entry[] {
  const sums = new Map<number, Map<number, { sum: number; count: number }>>();
  for (const { series, y, index } of entries) {
    const x = position(index)!;
    const own = sums.get(x) ?? new Map<number, { sum: number; count: number }>();
    const known = own.get(series) ?? { sum: 0, count: 0 };
    own.set(series, { sum: known.sum + y, count: known.count + 1 });
    sums.set(x, own);
  }
  return [...sums].flatMap(([x, own]) =>
    Array.from({ length: colours }, (_, series) => series).flatMap((series) => {
      const found = own.get(series);
      return found ? [{ x, series, y: found.sum / found.count, index: -1 }] : [];
    }),
  );
}

export function Scatter({ renders, selection }: { renders: Renders; selection: readonly number[] }) {
  const { params } = usePlace();
  const [near, setNear] = useState<{ index: number; left: number; top: number } | null>(null);
  const { x, y, by } = useMemo(() => chosen(renders, params), [renders, params.toString()]);
  const points = useMemo(() => (x && y ? pointsOf(selection, x, y, by) : null), [selection, x, y, by]);
  useDarkness();
  if (!x || !y || !points) return null;
  const listed = (columns: Column[]) => columns.map((column) => ({ value: column.name, title: column.title, group: groupTitle(column.group) }));
  const numbers = renders.columns.filter((column) => column.isNumber && column.varies);
  const colours = palette().series;

  const options = (colors: ReturnType<typeof palette>): Omit<uPlot.Options, "width" | "height"> => ({
    legend: { show: false },
    cursor: { points: { show: false }, drag: { x: false, y: false }, x: false, y: false },
    scales: { x: { time: false, distr: points.isLog ? 3 : 1, range: (_, low, high) => padded(low, high, points.isLog) } },
    axes: [
      axis(colors, x.title, { size: 34, ...(points.labels ? { splits: () => points.labels!.map((_, place) => place), values: (_, splits) => splits.map((place) => shortened(points.labels![place] ?? "")) } : { values: (_, splits) => splits.map((value) => (value === null ? "" : figure(value))) }) }),
      axis(colors, y.title, { size: 52, values: (_, splits) => splits.map(figure) }),
    ],
    series: [
      {},
      ...points.data.slice(1).map((_, place): uPlot.Series => {
        const dots = points.means ? (points.data.length - 1) / 2 : points.data.length - 1;
        const stroke = colors.series[place % dots % colors.series.length]!;
        return place < dots
          ? { stroke, paths: () => null, points: { show: true, size: selection.length > 2000 ? 4 : 6, fill: `${stroke}${selection.length > 300 ? "88" : "cc"}`, width: 0 } }
          : { stroke, width: 2, points: { show: false }, spanGaps: true }; // over what is undefined
      }),
    ],
    hooks: {
      setCursor: [(chart) => setNear(nearest(chart, points))],
    },
  });

  const label = `${y.title} against ${x.title}${by ? `, coloured by ${by.title}` : ""}: ${points.entries.length} renders; the table below has the numbers`;
  return (
    <section class="scatter" aria-label="Chart">
      <div class="toolbar">
        <Choice label="Chart" value={y.name} options={listed(numbers)} onChange={(value) => set({ y: value })} />
        <Choice label="against" value={x.name} options={listed(renders.columns.filter((column) => column.varies && (column.isNumber || column.levels().length <= 60)))} onChange={(value) => set({ x: value })} />
        <Choice label="coloured by" value={by?.name ?? "-"} options={[{ value: "-", title: "nothing" }, ...listed(renders.varying("parameter", "tag", "input").filter((column) => column.levels().length <= 40))]} onChange={(value) => set({ by: value })} />
        <ul class="legend">
          {points.names.map((name, place) => (
            <li key={name}><i style={{ background: colours[place % colours.length] }} />{name}</li>
          ))}
          {points.means && <li class="faint">lines: means</li>}
        </ul>
      </div>
      <div class="scatter-box">
        <Chart
          label={label} height={innerHeight < 700 ? 200 : 260} data={points.data} options={options} keys={[points]}
          onPress={(chart) => {
            const found = nearest(chart, points);
            if (found) go("render", renders.id(found.index));
          }}
        />
        {near && (
          <div class="tip" style={{ left: `${near.left}px`, top: `${near.top}px` }}>
            <img src={renders.thumbnail(near.index)} alt="" />
            <p>{renders.caption(near.index, [], 5)}<br />{y.title} <b>{y.label(near.index)}</b></p>
          </div>
        )}
      </div>
    </section>
  );
}

function padded(low: number, high: number, isLog: boolean): uPlot.Range.MinMax {
  if (isLog) return [low / 1.3, high * 1.3];
  const edge = (high - low || 1) * 0.04;
  return [low - edge, high + edge];
}

function shortened(text: string): string {
  return text.length > 18 ? `${text.slice(0, 17)}…` : text;
}

/** The render whose point is nearest to the cursor, and where a tip beside it stands. */
function nearest(chart: uPlot, points: Points): { index: number; left: number; top: number } | null {
  const { left = -1, top = -1 } = chart.cursor;
  if (left < 0) return null;
  let best: { index: number; left: number; top: number; distance: number } | null = null;
  for (const { x, y, index } of points.entries) {
    const [px, py] = [chart.valToPos(x, "x"), chart.valToPos(y, "y")];
    const distance = Math.hypot(px - left, py - top);
    if (distance <= REACH && (!best || distance < best.distance)) best = { index, left: px, top: py, distance };
  }
  if (!best) return null;
  const over = chart.over;
  const flips = best.left > over.clientWidth - 240;
  return { index: best.index, left: over.offsetLeft + best.left + (flips ? -244 : 14), top: Math.max(0, over.offsetTop + best.top - 60) };
}
