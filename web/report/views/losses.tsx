// Loss curves of one render, by term and phase.
import uPlot from "uplot";
import { useMemo } from "preact/hooks";
import { figure } from "../data/column.ts";
import type { TracePhase } from "../data/types.ts";
import { axis, Chart, palette, useDarkness, type Palette } from "../parts/chart.tsx";

interface Curves {
  names: string[];
  data: uPlot.AlignedData;
  /** Where each phase begins, on the axis of all evaluations. */
  starts: number[];
  titles: string[];
}

/** Curves of all phases after one another; nothing that is not above zero has a place on a log scale. */
export function curvesOf(phases: readonly TracePhase[]): Curves {
  const names = [...new Set(phases.flatMap((phase) => Object.keys(phase)))].filter((name) => name === "loss" || name.includes("loss"));
  const xs: number[] = [];
  const series = names.map((): (number | null)[] => []);
  const starts: number[] = [];
  let base = 0;
  for (const phase of phases) {
    starts.push(base);
    phase.evaluation.forEach((evaluation, place) => {
      xs.push(base + evaluation + 1);
      names.forEach((name, which) => {
        const values = phase[name];
        const value = Array.isArray(values) ? values[place] : null;
        series[which]!.push(typeof value === "number" && value > 0 ? value : null);
      });
    });
    base += (phase.evaluation.at(-1) ?? 0) + 1;
    if (phase !== phases.at(-1)) {
      xs.push(base + 0.5); // a gap, so that no line joins two phases
      for (const values of series) values.push(null);
    }
  }
  const kept = names.map((_, place) => place).filter((place) => series[place]!.some((value) => value !== null));
  return {
    names: kept.map((place) => names[place]!),
    data: [xs, ...kept.map((place) => series[place]!)] as uPlot.AlignedData,
    starts,
    titles: phases.map((phase) => `phase ${phase.phase}: ${phase.width} × ${phase.height}`),
  };
}

export function Losses({ phases }: { phases: readonly TracePhase[] }) {
  const curves = useMemo(() => curvesOf(phases), [phases]);
  useDarkness();
  if (curves.names.length === 0) return <p class="faint">This render has no trace.</p>;
  const options = (colors: Palette): Omit<uPlot.Options, "width" | "height"> => ({
    legend: { show: false },
    cursor: { drag: { x: true, y: false } },
    scales: { x: { time: false }, y: { distr: 3 } },
    axes: [
      axis(colors, "evaluation", { size: 34 }),
      axis(colors, "loss", { size: 52, splits: (_, __, low, high) => decades(low, high), values: (_, splits) => splits.map(figure) }),
    ],
    series: [{}, ...curves.names.map((name, place): uPlot.Series => ({ label: name, stroke: strokeOf(colors, name, place), width: name === "loss" ? 2.5 : 1.5, points: { show: false } }))],
    hooks: { drawClear: [(chart) => drawPhases(chart, curves, colors)] },
  });
  return (
    <div>
      <Chart
        label={`Loss curves on a log scale: ${curves.names.map(words).join(", ")}; ${curves.titles.join("; ")}`}
        height={240} data={curves.data} options={options} keys={[curves]}
      />
      <ul class="legend">
        {curves.names.map((name, place) => (
          <li key={name}><i style={{ background: strokeOf(palette(), name, place) }} />{words(name)} <span class="faint">{lastOf(curves, place)}</span></li>
        ))}
      </ul>
      <p class="faint small">{curves.titles.join(" · ")}. Drag over the chart to look closer, press twice to see all.</p>
    </div>
  );
}

/** `style_loss_3_1` is the style loss of layer 3_1. */
function words(name: string): string {
  return name.replace(/_(?=[a-z])|_(?=\d+_\d+$)/g, " ");
}

function strokeOf(colors: Palette, name: string, place: number): string {
  return name === "loss" ? colors.ink : colors.series[place % colors.series.length]!;
}

function lastOf(curves: Curves, place: number): string {
  const values = curves.data[place + 1] as (number | null)[] | undefined;
  const value = values?.findLast((number) => number !== null);
  return value === null || value === undefined ? "" : figure(value);
}

function decades(low: number, high: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, place) => 10 ** (first + place));
}

function drawPhases(chart: uPlot, curves: Curves, colors: Palette): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colors.faint;
  ctx.setLineDash([4, 4]);
  for (const start of curves.starts.slice(1)) {
    const x = Math.round(chart.valToPos(start + 0.5, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
