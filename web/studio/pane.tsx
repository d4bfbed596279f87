import { useEffect, useRef, useState } from "preact/hooks";
import { TITLES, type FoundLabels, type LayerName, type SideName } from "./document";
import { askJson } from "./api";
import { chooseFile, fileName, IMAGES, saveFile, useChanges } from "./hooks";
import { Icon, type IconName } from "./icons";
import type { Session } from "./session";
import { Surface } from "./surface";
import type { Toolbox } from "./toolbox";

interface PaneProps {
  session: Session;
  tools: Toolbox;
  name: SideName;
  openNew: () => void;
}

/** One of the two maps: its canvas, with the picture, the map and the layers beside it. */
export function Pane({ session, tools, name, openNew }: PaneProps) {
  useChanges(session, tools);
  const canvas = useRef<HTMLCanvasElement>(null);
  const surface = useRef<Surface | null>(null);
  const [isDropping, setDropping] = useState(false);
  useEffect(() => {
    surface.current = new Surface(canvas.current!, session, name, tools);
    surface.current.onTold = (message) => {
      session.problem = message;
      session.changed();
    };
    return () => surface.current?.close();
  }, [session]);
  const side = session.doc[name];
  const isEmpty = name === "style" && !side.picture && !side.painting.plane;
  const load = (file: File | null) => file && session.told(() => session.setPicture(name, file, file.name));
  return (
    <section
      class="pane"
      data-side={name}
      data-dropping={isDropping}
      aria-label={TITLES[name]}
      onDragOver={(event) => {
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDropping(false);
        void load(event.dataTransfer?.files[0] ?? null);
      }}
    >
      <header>
        <h2>{TITLES[name]}</h2>
        {name === "style" ? (
          <Action icon="picture" title="Load a painting or photograph" word="Picture" act={() => void chooseFile(IMAGES).then(load)} />
        ) : (
          <Action icon="new" title="Begin a doodle of another shape, or over a photograph to keep" word="New" act={openNew} />
        )}
        <Action icon="map" title="Load a map that was painted elsewhere" word="Map" act={() => void chooseFile(IMAGES).then((file) => loadMap(session, name, file))} />
        <Layers session={session} name={name} />
        {side.picture && (
          <label class="opacity" title="How much the map covers the picture; hold O to see the picture alone">
            <Icon name="eye" />
            <input
              type="range"
              aria-label={`Opacity of the ${name === "style" ? "style's map" : "doodle"} over its picture`}
              min={0}
              max={100}
              value={Math.round(100 * side.opacity)}
              onInput={(event) => session.editView(name, (one) => (one.opacity = event.currentTarget.valueAsNumber / 100))}
            />
          </label>
        )}
        <span class="zooms">
          <Action icon="minus" title="Zoom out (-)" act={() => surface.current?.zoom(0.8)} />
          <Action icon="fit" title="Show all of it (0)" act={() => surface.current?.fit()} />
          <Action icon="plus" title="Zoom in (+)" act={() => surface.current?.zoom(1.25)} />
        </span>
      </header>
      <div class="stage">
        <canvas
          ref={canvas}
          tabIndex={0}
          role="img"
          class={tools.tool === "hand" ? "moving" : ""}
          aria-label={`${name === "style" ? "Map of the style" : "The doodle"}, ${side.width} by ${side.height} pixels. Arrow keys move a cursor, Enter paints.`}
        />
        {isEmpty && (
          <button class="invitation" onClick={() => void chooseFile(IMAGES).then(load)}>
            <Icon name="picture" />
            <strong>Load a painting or photograph</strong>
            <span>or drop it here; then paint over it what is where</span>
          </button>
        )}
      </div>
    </section>
  );
}

function Action({ icon, title, word, act }: { icon: IconName; title: string; word?: string; act: () => void }) {
  return (
    <button class="quiet" title={title} aria-label={word ? `${word}: ${title}` : title} onClick={act}>
      <Icon name={icon} />
      {word && <span class="word">{word}</span>}
    </button>
  );
}

export async function loadMap(session: Session, name: SideName, file: File | null): Promise<void> {
  if (!file) return;
  await session.save();
  await session.told(async () => {
    const path = `${session.path}/maps/${name}?name=${encodeURIComponent(file.name)}`;
    const found = await askJson<FoundLabels>("POST", path, file);
    await takeLabels(session, found, [[name, "painting"]]);
  });
}

/** Have labels made of the pictures themselves, into the layer below the painting. */
export async function makeAutomatic(session: Session, labels: number): Promise<void> {
  await session.save();
  await session.told(async () => {
    const found = await askJson<FoundLabels>("POST", `${session.path}/automatic`, { labels });
    const sides: SideName[] = found.planes.length > 1 ? ["style", "target"] : ["style"];
    await takeLabels(session, found, sides.map((side) => [side, "automatic"]));
    for (const side of sides) session.doc[side].automatic.is_shown = true;
  });
}

async function takeLabels(session: Session, found: FoundLabels, places: [SideName, LayerName][]): Promise<void> {
  const steps = [];
  for (const [place, [side, layer]] of places.entries()) {
    const [width, height] = found.sizes[place]!;
    const one = session.doc[side];
    if (one.width !== width || one.height !== height) session.resize(side, width, height, one.picture);
    const plane = found.planes[place]!;
    await session.fetchPlane(plane);
    steps.push({ side, layer, before: one[layer].plane, after: plane });
  }
  session.edit((doc) => (doc.palette = found.palette));
  session.addSteps(steps);
}

function Layers({ session, name }: { session: Session; name: SideName }) {
  const [isOpen, setOpen] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const side = session.doc[name];
  useEffect(() => {
    if (!isOpen) return;
    const leave = (event: PointerEvent) => !frame.current?.contains(event.target as Node) && setOpen(false);
    addEventListener("pointerdown", leave);
    return () => removeEventListener("pointerdown", leave);
  }, [isOpen]);
  const rows: [LayerName, string, string][] = [
    ["painting", "Painting", "what you paint"],
    ["automatic", "Automatic map", side.automatic.plane ? "shows where nothing is painted" : "none yet; made beside the picture"],
  ];
  return (
    <div class="layers" ref={frame} onKeyDown={(event) => event.key === "Escape" && setOpen(false)}>
      <button class="quiet" aria-expanded={isOpen} title="Layers" onClick={() => setOpen(!isOpen)}>
        <Icon name="layers" />
        <span class="word">Layers</span>
      </button>
      {isOpen && (
        <div class="popover" role="dialog" aria-label={`Layers of the ${TITLES[name].toLowerCase()}`}>
          {rows.map(([layer, title, use]) => (
            <div class="layer" key={layer} data-active={session.active(name) === layer}>
              <Toggle
                is={side[layer].is_shown}
                icons={["eye", "hidden"]}
                title={`Show ${title.toLowerCase()}`}
                act={() => session.editView(name, (one) => (one[layer].is_shown = !one[layer].is_shown))}
              />
              <span>
                <strong>{title}</strong>
                <small>{use}</small>
              </span>
              <Toggle
                is={side[layer].is_locked}
                icons={["lock", "unlock"]}
                title={`Lock ${title.toLowerCase()}`}
                act={() => session.editView(name, (one) => (one[layer].is_locked = !one[layer].is_locked))}
              />
            </div>
          ))}
          <div class="layer">
            <Toggle
              is={side.is_picture_shown && side.picture !== null}
              icons={["eye", "hidden"]}
              title="Show picture"
              act={() => session.editView(name, (one) => (one.is_picture_shown = !one.is_picture_shown))}
            />
            <span>
              <strong>Picture</strong>
              <small>{side.picture ? "lies under the map" : "none"}</small>
            </span>
          </div>
          <label class="ground">
            Ground, where no layer has a label
            <select
              value={side.ground}
              onChange={(event) => session.edit((doc) => (doc[name].ground = Number(event.currentTarget.value)))}
            >
              {session.doc.palette.map((label, number) =>
                label.is_retired && number !== side.ground ? null : (
                  <option key={number} value={number}>
                    {label.name || label.color}
                  </option>
                ),
              )}
            </select>
          </label>
          <button
            class="quiet"
            onClick={() => {
              void session.save().then(() =>
                session.told(async () => saveFile(await session.file(`/maps/${name}`), `${fileName(session.doc.name)}-${name}-map.png`)),
              );
            }}
          >
            <Icon name="download" /> Save the map as PNG
          </button>
        </div>
      )}
    </div>
  );
}

interface ToggleProps {
  is: boolean;
  icons: [IconName, IconName];
  title: string;
  act: () => void;
}

function Toggle({ is, icons, title, act }: ToggleProps) {
  return (
    <button class="quiet" aria-pressed={is} title={title} aria-label={title} onClick={act}>
      <Icon name={icons[is ? 0 : 1]} />
    </button>
  );
}
