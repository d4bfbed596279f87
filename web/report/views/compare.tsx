// Two renders or more: a slider between two, or side by side with one zoom for all.
import { useState } from "preact/hooks";
import { address, backToList, place, set, usePlace } from "../data/location.ts";
import type { Renders } from "../data/renders.ts";
import { useKeys } from "../parts/keys.ts";
import { Empty, PickButtons } from "../parts/small.tsx";
import { FITTED, FULL_SIZE, Stage, ZoomButtons, zoomKeys, type View } from "../parts/stage.tsx";

const MODES = [
  { mode: "slider", title: "Slider" },
  { mode: "side", title: "Side by side" },
  { mode: "difference", title: "Difference" },
] as const;

/** The address that shows renders side by side at 100 %. */
export function sideBySide(ids: readonly string[], title = ""): string {
  const params = new URLSearchParams({ mode: "side", at: "full" });
  if (title) params.set("title", title);
  return address("compare", ids.join(","), params);
}

export function CompareView({ renders, names }: { renders: Renders; names: string }) {
  const { params } = usePlace();
  const [view, setView] = useState<View>(params.get("at") === "full" ? FULL_SIZE : FITTED);
  const [fit, setFit] = useState(1);
  const ids = names.split(",").filter(Boolean);
  const indices = ids.map((id) => renders.indexOf(id)).filter((index) => index >= 0);
  const mode = indices.length === 2 ? (params.get("mode") ?? "slider") : "side";
  const share = Math.min(100, Math.max(0, Number(params.get("share") ?? 50)));
  const look = (next: View): void => {
    setView(next);
    set({ at: next.zoom === 1 ? "full" : null });
  };
  useKeys({
    ...zoomKeys(view, look, fit),
    ArrowLeft: () => (mode === "slider" ? set({ share: String(Math.max(0, share - 2)) }) : false),
    ArrowRight: () => (mode === "slider" ? set({ share: String(Math.min(100, share + 2)) }) : false),
    t: () => { if (indices.length === 2) location.replace(address("compare", [...ids].reverse().join(","), place().params)); },
    Escape: backToList,
  });
  if (indices.length < 2) {
    return <Empty>Two renders are compared here: press <kbd>v</kbd> on one and then on another, in the grid, the table or the render’s own view.</Empty>;
  }
  const [a, b] = indices as [number, number];
  return (
    <div class="view compare-view">
      <div class="toolbar">
        {params.get("title") && <h2>{params.get("title")}</h2>}
        {indices.length === 2 && (
          <div class="buttons" role="group" aria-label="How they are compared">
            {MODES.map((known) => (
              <button key={known.mode} aria-pressed={mode === known.mode} onClick={() => set({ mode: known.mode })}>{known.title}</button>
            ))}
          </div>
        )}
        <span class="space" />
        <ZoomButtons view={view} onView={look} fit={fit} />
      </div>
      {mode === "side" ? (
        <div class="side-by-side">
          {indices.map((index, number) => (
            <figure key={renders.id(index)}>
              <Stage width={renders.width(index)} height={renders.height(index)} view={view} onView={look} onFit={number === 0 ? setFit : undefined} label={renders.caption(index)}>
                <img class="layer" src={renders.image(index)} alt={renders.caption(index)} draggable={false} />
              </Stage>
              <Caption renders={renders} index={index} />
            </figure>
          ))}
        </div>
      ) : (
        <>
          <Stage
            width={renders.width(a)} height={renders.height(a)} view={view} onView={look} onFit={setFit}
            label={`${renders.caption(a)} and ${renders.caption(b)}`}
            onPoint={(point, isPressed) => { if (point && isPressed && mode === "slider") set({ share: (100 * point.x).toFixed(1) }); }}
          >
            <img class="layer" src={renders.image(a)} alt={renders.caption(a)} draggable={false} />
            <img
              class={mode === "difference" ? "layer difference" : "layer"} src={renders.image(b)} alt={renders.caption(b)} draggable={false}
              style={mode === "slider" ? { clipPath: `inset(0 0 0 ${share}%)` } : {}}
            />
            {mode === "slider" && <span class="slit" style={{ left: `${share}%` }} />}
          </Stage>
          {mode === "slider" && (
            <input
              class="slider" type="range" min="0" max="100" step="0.5" value={share}
              aria-label="How much of the first is seen" onInput={(event) => set({ share: event.currentTarget.value })}
            />
          )}
          <div class="two-captions"><Caption renders={renders} index={a} /><Caption renders={renders} index={b} /></div>
        </>
      )}
      <Differences renders={renders} indices={indices} />
    </div>
  );
}

function Caption({ renders, index }: { renders: Renders; index: number }) {
  const id = renders.id(index);
  return (
    <figcaption>
      <a href={address("render", id)}>{renders.caption(index, [], 5)}</a> <PickButtons id={id} small />
    </figcaption>
  );
}

/** What differs between the renders, parameters first. */
function Differences({ renders, indices }: { renders: Renders; indices: readonly number[] }) {
  const rank = ["tag", "parameter", "input", "metric", "loss"];
  const columns = renders
    .varying(...rank)
    .filter((column) => new Set(indices.map((index) => column.value(index))).size > 1)
    .sort((x, y) => rank.indexOf(x.group) - rank.indexOf(y.group));
  if (columns.length === 0) return <p class="faint">Nothing that is known of them differs.</p>;
  return (
    <div class="scroll-x" role="region" aria-label="What differs" tabIndex={0}>
      <table class="plain-table differences">
        <caption>What differs</caption>
        <tbody>
          {columns.map((column) => (
            <tr key={column.name} title={column.head.meaning}>
              <th scope="row">{column.title}</th>
              {indices.map((index, place) => <td key={place} class={column.isNumber ? "number" : "text"}>{column.label(index)}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
