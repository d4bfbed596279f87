// What a render was made of: styles with their maps over them, content and target map.
import { useState } from "preact/hooks";
import type { Renders } from "../data/renders.ts";
import type { Detail } from "../data/types.ts";
import { Layer, OriginLayer } from "../parts/layers.tsx";
import { keyOfColours, type OriginMap, type OriginPlace } from "../parts/origin.ts";

export interface Shown {
  title: string;
  picture: string | null;
}

export interface Input extends Shown {
  column: string;
  /** From 0 among the inputs of its column. */
  number: number;
  uri: string;
}

const ORDER = ["style", "style_map", "target_map", "content"];
const TITLES: Record<string, string> = { style: "style", style_map: "style’s map", target_map: "target map", content: "content" };
const KEY = keyOfColours();

/** The inputs of a render: from its details, and until these are there from its columns. */
export function inputsOf(renders: Renders, index: number, detail: Detail | null | undefined): Input[] {
  const listed = detail?.inputs?.length
    ? detail.inputs.map(({ column, uri, picture }) => ({ column, uri, picture: picture ?? null }))
    : ORDER.flatMap((column) => {
        const known = renders.column(column);
        const uri = known?.value(index) ?? null;
        return known && uri !== null ? [{ column, uri: String(uri), picture: known.picture(index) }] : [];
      });
  const counts = new Map<string, number>();
  return listed
    .map(({ column, uri, picture }) => {
      const number = counts.get(column) ?? 0;
      counts.set(column, number + 1);
      return { column, uri, picture, number, title: TITLES[column] ?? column.replace(/_/g, " ") };
    })
    .sort((a, b) => rank(a.column) - rank(b.column));
}

function rank(column: string): number {
  const place = ORDER.indexOf(column);
  return place < 0 ? ORDER.length : place;
}

interface InputsProps {
  inputs: Input[];
  opacity: number;
  origin: OriginMap | null;
  from: OriginPlace | null;
  isKeyShown: boolean;
  /** A patch's side as a share of the style's width. */
  patch: number;
}

export function Inputs({ inputs, opacity, origin, from, isKeyShown, patch }: InputsProps) {
  const [areMapsOver, setMapsOver] = useState(true);
  const plain = inputs.filter((input) => input.column !== "style_map");
  const mapOf = (input: Input): Input | undefined => inputs.find((other) => other.column === "style_map" && other.number === input.number);
  if (inputs.length === 0) return null;
  return (
    <section class="inputs" aria-label="Inputs">
      {plain.map((input) => {
        const map = input.column === "style" ? mapOf(input) : undefined;
        const isSource = origin !== null && input.column === "style";
        return (
          <figure key={`${input.column}${input.number}`}>
            <div class="input-picture">
              {input.picture ? <img src={input.picture} alt={`${input.title}: ${input.uri}`} /> : <span class="missing">no picture</span>}
              {map?.picture && areMapsOver && !isKeyShown && <Layer src={map.picture} opacity={opacity} isMap />}
              {isSource && isKeyShown && <OriginLayer map={KEY} opacity={opacity} />}
              {isSource && from && from.style === input.number && (
                <span class="from" style={{ left: `${100 * from.x}%`, top: `${100 * from.y}%`, width: `${100 * patch}%` }} />
              )}
            </div>
            <figcaption>
              <b>{input.title}</b> <span class="uri" title={input.uri}>{input.uri.split("/").at(-1)}</span>
              {map?.picture && (
                <label class="small"><input type="checkbox" checked={areMapsOver} onChange={() => setMapsOver(!areMapsOver)} /> its map over it</label>
              )}
            </figcaption>
          </figure>
        );
      })}
      {origin && <p class="faint small origin-note">Point at the picture: the ring shows where in the style its patch comes from.</p>}
    </section>
  );
}
