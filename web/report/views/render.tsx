// One render: its picture, what it was made of, and how.
import { useEffect, useState } from "preact/hooks";
import { address, backToList, set, usePlace } from "../data/location.ts";
import { report, useLoaded } from "../data/report.ts";
import type { Renders } from "../data/renders.ts";
import type { Detail } from "../data/types.ts";
import { markForComparison, useCompared } from "../parts/compared.ts";
import { useHeld, useKeys } from "../parts/keys.ts";
import { Layer, OriginLayer } from "../parts/layers.tsx";
import { OriginMap, type OriginPlace } from "../parts/origin.ts";
import { Empty, PickButtons } from "../parts/small.tsx";
import { FITTED, Stage, ZoomButtons, zoomKeys, type View } from "../parts/stage.tsx";
import { picks } from "../picks/picks.ts";
import { RenderFacts } from "./render_facts.tsx";
import { INSTEAD } from "./grid_toolbar.tsx";
import { Inputs, inputsOf, type Shown } from "./inputs.tsx";

const ORIGIN = "origin";

export function RenderView({ renders, selection, id }: { renders: Renders; selection: number[]; id: string }) {
  const { params } = usePlace();
  const [view, setView] = useState<View>(FITTED);
  const [fit, setFit] = useState(1);
  const [held, setHeld] = useState<string | null>(null);
  const [from, setFrom] = useState<OriginPlace | null>(null);
  const compared = useCompared();
  const index = renders.indexOf(id);
  const detail = useLoaded(() => report.detail(id), [id, index < 0]);
  const origin = useLoaded(() => originOf(detail), [detail]);
  useEffect(() => {
    setFrom(null);
    document.querySelector(".render-view")?.scrollTo(0, 0);
  }, [id]);

  const place = selection.indexOf(index);
  const to = (by: number): false | void => {
    const next = place < 0 ? selection[0] : selection[place + by];
    if (next === undefined) return false;
    const hash = address("render", renders.id(next));
    location.replace(hash);
  };
  useHeld(INSTEAD.map(({ key }) => key), (key) => setHeld(INSTEAD.find((known) => known.key === key)?.name ?? null));
  useKeys({
    ArrowRight: () => to(1), ArrowLeft: () => to(-1), j: () => to(1), k: () => to(-1),
    p: () => picks.toggle(id, "star"), x: () => picks.toggle(id, "reject"), u: () => picks.clear([id]), v: () => markForComparison(id),
    ...zoomKeys(view, setView, fit),
    Escape: () => (view.zoom !== null ? setView(FITTED) : backToList()),
  });
  if (index < 0) return <Empty>{report.isLoading ? "Loading …" : `There is no render ${id} here.`}</Empty>;

  const inputs = inputsOf(renders, index, detail);
  const over = params.get("over") ?? "none";
  const opacity = Math.min(1, Math.max(0, Number(params.get("opacity") ?? 0.5)));
  const overlays = [
    { value: "none", title: "nothing" },
    ...inputs.filter((input) => input.picture && ["target_map", "content"].includes(input.column)).map((input) => ({ value: input.column, title: input.title })),
    ...(origin ? [{ value: ORIGIN, title: "where patches come from" }] : []),
  ];
  const width = renders.width(index);
  const height = renders.height(index);
  const instead = held ? (inputs.find((input) => input.column === held)?.picture ?? null) : null;
  const overlay = inputs.find((input) => input.column === over);

  return (
    <div class="view render-view">
      <section class="render-stage" aria-label="Picture">
        <div class="toolbar">
          <div class="buttons">
            <button aria-label="Render before" title="←" disabled={place <= 0} onClick={() => void to(-1)}>‹</button>
            <span class="of">{place < 0 ? "–" : (place + 1).toLocaleString("en")} of {selection.length.toLocaleString("en")}</span>
            <button aria-label="Render after" title="→" disabled={place < 0 || place >= selection.length - 1} onClick={() => void to(1)}>›</button>
          </div>
          <PickButtons id={id} />
          <button aria-pressed={compared === id} title="v" onClick={() => markForComparison(id)}>
            {compared && compared !== id ? "Compare with the first" : "Compare …"}
          </button>
          <span class="space" />
          <ZoomButtons view={view} onView={setView} fit={fit} />
          <a class="button" href={renders.image(index)} target="_blank" rel="noreferrer">File</a>
        </div>
        <Stage
          width={width} height={height} view={view} onView={setView} onFit={setFit} label={`${renders.caption(index)}, ${width} by ${height} pixels`}
          onPoint={origin ? (point) => setFrom(point ? origin.at(point.x, point.y) : null) : undefined}
        >
          <img class="layer" src={renders.image(index)} alt={renders.caption(index)} draggable={false} />
          {overlay?.picture && <Layer src={overlay.picture} opacity={opacity} isMap={over === "target_map"} />}
          {over === ORIGIN && origin && <OriginLayer map={origin} opacity={opacity} />}
          {instead && <Layer src={instead} />}
        </Stage>
        <div class="toolbar overlay-bar">
          <fieldset class="buttons">
            <legend>Lay over</legend>
            {overlays.map(({ value, title }) => (
              <button key={value} aria-pressed={over === value} onClick={() => set({ over: value === "none" ? null : value })}>{title}</button>
            ))}
          </fieldset>
          <label class="choice">
            <span>Opacity</span>
            <input type="range" min="0" max="1" step="0.05" value={opacity} onInput={(event) => set({ opacity: event.currentTarget.value })} />
          </label>
        </div>
        <Inputs inputs={inputs} opacity={opacity} origin={origin ?? null} from={from} isKeyShown={over === ORIGIN} patch={detail?.origin?.patch ?? 0.04} />
        <Phases detail={detail ?? null} final={{ title: "output", picture: renders.thumbnail(index) }} />
      </section>
      <RenderFacts renders={renders} index={index} detail={detail} />
    </div>
  );
}

async function originOf(detail: Detail | null | undefined): Promise<OriginMap | null> {
  if (!detail?.origin?.script) return null;
  return OriginMap.read((await report.origin(detail.origin)).picture);
}

function Phases({ detail, final }: { detail: Detail | null; final: Shown }) {
  const pictures = (detail?.phases_pictures ?? []).map((phase, place) =>
    typeof phase === "string" ? { title: `phase ${place + 1}`, picture: phase } : { title: `phase ${phase.phase}`, picture: phase.picture },
  );
  if (pictures.length === 0) return null;
  return (
    <section class="strip" aria-label="Phases">
      {[...pictures, final].map(({ title, picture }) => (
        <figure key={title}><img src={picture ?? ""} alt={title} loading="lazy" /><figcaption>{title}</figcaption></figure>
      ))}
    </section>
  );
}
