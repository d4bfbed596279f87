import { useState } from "preact/hooks";
import { address } from "../data/location.ts";
import type { Renders } from "../data/renders.ts";
import { Cross, Star } from "../parts/small.tsx";
import type { Mark } from "../picks/picks.ts";

/** The longest side of a thumbnail; larger cells show the image itself. */
const THUMBNAIL = 256;

interface CellProps {
  renders: Renders;
  stack: readonly number[];
  top: number;
  onTop: (top: number) => void;
  width: number;
  height: number;
  zoom: number;
  /** The input that is shown in place of the image, such as `style`; null shows the image. */
  instead: string | null;
  caption: string;
  /** Whether the caption is drawn below; it is always there for those who hear the page. */
  isCaptioned: boolean;
  mark: Mark | null;
  isCompared: boolean;
  isInTabOrder: boolean;
}

export function GridCell(props: CellProps) {
  const { renders, stack, top, width, height, zoom, instead, caption, mark } = props;
  const [isMissing, setMissing] = useState<string | null>(null);
  const index = stack[top] ?? stack[0]!;
  const id = renders.id(index);
  const isLarge = Math.max(width, height) * zoom > THUMBNAIL * 1.2;
  const source = isLarge ? renders.image(index) : renders.thumbnail(index);
  const other = instead ? renders.column(instead)?.picture(index) : null;
  const classes = ["cell", mark ?? "", props.isCompared ? "compared" : ""].filter(Boolean).join(" ");
  const said = [caption, mark === "star" ? "starred" : mark === "reject" ? "rejected" : ""].filter(Boolean).join(", ");
  return (
    <div class={classes} style={{ width: `${width}px` }}>
      <a class="cell-link" href={address("render", id)} data-id={id} tabIndex={props.isInTabOrder ? 0 : -1} aria-label={said} draggable={false}>
        <span class="cell-picture" style={{ height: `${height}px` }}>
          {isMissing === source ? (
            <span class="missing">no picture</span>
          ) : (
            <img src={source} alt="" decoding="async" draggable={false} onError={() => setMissing(source)} />
          )}
          {instead &&
            (other ? (
              <img class="instead" src={other} alt="" draggable={false} />
            ) : (
              <span class="instead missing">no {instead.replace("_", " ")}</span>
            ))}
        </span>
        {props.isCaptioned && <span class="cell-caption">{caption}</span>}
      </a>
      {mark && <span class={`badge ${mark}`}>{mark === "star" ? <Star /> : <Cross />}</span>}
      {stack.length > 1 && (
        <button
          class="stack"
          tabIndex={-1}
          title="The next of those that share this cell (. and ,)"
          aria-label={`${top + 1} of ${stack.length} in this cell; show the next`}
          onClick={() => props.onTop((top + 1) % stack.length)}
        >
          {top + 1}/{stack.length}
        </button>
      )}
    </div>
  );
}
