import { useEffect, useRef, useState } from "preact/hooks";
import { SIDES, type PaletteLabel } from "./document";
import { useChanges } from "./hooks";
import { Icon } from "./icons";
import { UNPAINTED } from "./pixels";
import type { Session } from "./session";
import type { Toolbox } from "./toolbox";

/** The numbers of the labels that are offered, in their order: the first nine have keys. */
export function offered(session: Session): number[] {
  const isAnyRetired = session.doc.palette.some((label) => label.is_retired);
  const used = isAnyRetired ? session.usedLabels() : new Set<number>();
  return session.doc.palette.flatMap((label, number) => (!label.is_retired || used.has(number) ? [number] : []));
}

const NEW_COLORS = ["#e0559b", "#8b5cf6", "#10c9a0", "#ffb020", "#7a4a24", "#9aa4b2", "#111827", "#f8fafc", "#b5e853", "#5b1f6e"];

export function addLabel(session: Session, most: number): number | null {
  const { palette } = session.doc;
  if (palette.length >= most) return null;
  const taken = new Set(palette.map((label) => label.color));
  const random = `#${(Math.floor(Math.random() * 0xffffff) | 0x101010).toString(16).padStart(6, "0")}`;
  const color = NEW_COLORS.find((one) => !taken.has(one)) ?? random;
  session.edit((doc) => doc.palette.push({ name: `label ${palette.length + 1}`, color, is_retired: false }));
  return palette.length - 1;
}

export function Palette({ session, tools, most }: { session: Session; tools: Toolbox; most: number }) {
  useChanges(session, tools);
  const [edited, setEdited] = useState<number | null>(null);
  const shares = new Map(session.check?.labels.map((share) => [share.label, share]));
  const warned = new Set(session.check?.warnings.flatMap((warning) => warning.labels));
  const numbers = offered(session);
  return (
    <div class="palette" role="radiogroup" aria-label="Labels">
      {numbers.map((number, place) => {
        const label = session.doc.palette[number]!;
        const share = shares.get(number);
        const told = share ? `${percent(share.style)} of the style, ${percent(share.target)} of the doodle` : "not used yet";
        return (
          <div class="label" key={number} data-chosen={tools.label === number}>
            <button
              class="chip"
              role="radio"
              data-label={number}
              aria-checked={tools.label === number}
              aria-label={`${label.name || label.color}: ${told}`}
              aria-keyshortcuts={place < 9 ? String(place + 1) : undefined}
              title={`${label.name || label.color}: ${told}. Double-click to change it`}
              onClick={() => tools.take(number)}
              onDblClick={() => setEdited(number)}
              onKeyDown={(event) => event.key === "F2" && setEdited(number)}
            >
              <span class="swatch" style={{ background: label.color }}>
                {place < 9 && <kbd style={{ color: inkOn(label.color) }}>{place + 1}</kbd>}
              </span>
              <span class="name">{label.name || label.color}</span>
              {warned.has(number) && <span class="mark" role="img" aria-label="has a warning" />}
            </button>
            {tools.label === number && (
              <button class="edit" aria-label={`Change ${label.name || label.color}`} title="Name and colour (F2)" onClick={() => setEdited(number)}>
                <Icon name="sliders" />
              </button>
            )}
          </div>
        );
      })}
      <button
        class="add"
        title="Add a label"
        aria-label="Add a label"
        onClick={() => {
          const number = addLabel(session, most);
          if (number !== null) {
            tools.take(number);
            setEdited(number);
          }
        }}
      >
        <Icon name="plus" />
      </button>
      {edited !== null && session.doc.palette[edited] && (
        <LabelEditor session={session} tools={tools} number={edited} close={() => setEdited(null)} />
      )}
    </div>
  );
}

interface EditorProps {
  session: Session;
  tools: Toolbox;
  number: number;
  close: () => void;
}

function LabelEditor({ session, tools, number, close }: EditorProps) {
  const name = useRef<HTMLInputElement>(null);
  const label = session.doc.palette[number]!;
  useEffect(() => name.current?.select(), [number]);
  const change = (values: Partial<PaletteLabel>) => session.edit((doc) => Object.assign(doc.palette[number]!, values));
  return (
    <div class="popover label-editor" role="dialog" aria-label={`Label ${label.name}`} onKeyDown={(event) => event.key === "Escape" && close()}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          close();
        }}
      >
        <input type="color" aria-label="Colour" value={label.color} onInput={(event) => change({ color: event.currentTarget.value })} />
        <input ref={name} aria-label="Name" maxLength={60} value={label.name} onInput={(event) => change({ name: event.currentTarget.value })} />
        <button class="primary">Done</button>
        <button
          type="button"
          class="quiet"
          aria-label="Remove the label"
          title="Remove the label; where it is painted, what lies below is uncovered"
          disabled={offered(session).length < 2}
          onClick={() => {
            removeLabel(session, number);
            tools.take(offered(session)[0]!);
            close();
          }}
        >
          <Icon name="trash" />
        </button>
      </form>
      <p class="hint">The same label means the same in both maps. Colours far apart are told apart best.</p>
    </div>
  );
}

/** Erase a label from both maps, and offer it no more. */
export function removeLabel(session: Session, number: number): void {
  const steps = SIDES.flatMap((side) =>
    (["painting", "automatic"] as const).flatMap((layer) => {
      const before = session.pixels[side][layer];
      if (!before?.includes(number)) return [];
      const after = before.map((label) => (label === number ? UNPAINTED : label));
      return [{ side, layer, before: session.doc[side][layer].plane, after: session.addPlane(side, after) }];
    }),
  );
  session.edit((doc) => {
    doc.palette[number]!.is_retired = true;
    const next = doc.palette.findIndex((label) => !label.is_retired);
    for (const side of SIDES) if (doc[side].ground === number) doc[side].ground = Math.max(0, next);
  });
  if (steps.length) session.addSteps(steps);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** Black or white, whichever is read better on a colour. */
function inkOn(color: string): string {
  const [red, green, blue] = [1, 3, 5].map((at) => (parseInt(color.slice(at, at + 2), 16) / 255) ** 2.2) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.2 ? "#000" : "#fff";
}
