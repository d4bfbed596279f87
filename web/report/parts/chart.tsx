// Charts by uPlot, in the page's colours, as wide as there is room.
import uPlot from "uplot";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useSize } from "./size.ts";

/** Colours that are told apart also by those who see few; from Okabe and Ito's palette, light and dark. */
const SERIES_LIGHT = ["#0060a8", "#b84a00", "#00795a", "#9c3f7a", "#6b5d00", "#4a4a4a", "#2a86b8", "#a0300f"];
const SERIES_DARK = ["#6db8f2", "#f39a52", "#4fcfa5", "#e59bc8", "#ddd24a", "#bdbdbd", "#9fd8f7", "#ff8a66"];

export interface Palette {
  ink: string;
  faint: string;
  line: string;
  series: readonly string[];
}

function isDark(): boolean {
  const chosen = document.documentElement.dataset["theme"];
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function palette(): Palette {
  return isDark()
    ? { ink: "#ececea", faint: "#a3a3a0", line: "#343433", series: SERIES_DARK }
    : { ink: "#1b1b1a", faint: "#5d5d5a", line: "#dcdcd9", series: SERIES_LIGHT };
}

/** Changes when the page turns dark or light. */
export function useDarkness(): boolean {
  const [dark, setDark] = useState(isDark());
  useEffect(() => {
    const look = (): void => setDark(isDark());
    const observer = new MutationObserver(look);
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    const query = matchMedia("(prefers-color-scheme: dark)");
    query.addEventListener("change", look);
    return () => {
      observer.disconnect();
      query.removeEventListener("change", look);
    };
  }, []);
  return dark;
}

interface ChartProps {
  label: string;
  height: number;
  data: uPlot.AlignedData;
  options: (palette: Palette) => Omit<uPlot.Options, "width" | "height">;
  keys: readonly unknown[];
  onReady?: (chart: uPlot) => void;
  onPress?: (chart: uPlot, event: MouseEvent) => void;
}

export function Chart({ label, height, data, options, keys, onReady, onPress }: ChartProps) {
  const [box, size] = useSize<HTMLDivElement>();
  const chart = useRef<uPlot | null>(null);
  const dark = useDarkness();
  const press = useRef(onPress);
  press.current = onPress;
  const isMeasured = size.width > 0;

  useLayoutEffect(() => {
    if (!isMeasured || !box.current) return;
    const made = new uPlot({ ...options(palette()), width: size.width, height }, data, box.current);
    chart.current = made;
    made.over.addEventListener("click", (event) => press.current?.(made, event));
    onReady?.(made);
    return () => {
      made.destroy();
      chart.current = null;
    };
  }, [isMeasured, height, dark, ...keys]);

  useEffect(() => {
    if (chart.current && size.width) chart.current.setSize({ width: size.width, height });
  }, [size.width]);

  return <div ref={box} class="chart" role="img" aria-label={label} style={{ height: `${height}px` }} />;
}

export function axis(colors: Palette, label: string, more: Partial<uPlot.Axis> = {}): uPlot.Axis {
  return {
    label,
    labelSize: 18,
    labelFont: "12px system-ui, sans-serif",
    font: "11px system-ui, sans-serif",
    stroke: colors.faint,
    grid: { stroke: colors.line, width: 1 },
    ticks: { stroke: colors.line, width: 1, size: 4 },
    ...more,
  };
}
