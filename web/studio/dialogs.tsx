import { useEffect, useState } from "preact/hooks";
import { ask, askJson } from "./api";
import { StudioDialog } from "./dialog";
import { chooseFile, IMAGES } from "./hooks";
import { Icon } from "./icons";
import type { Session } from "./session";
import { TOOLS } from "./toolbox";

const KEYS: [string, string][] = [
  ["1 – 9", "take up a label"],
  ["X", "the label before"],
  ["[ ]", "smaller, larger"],
  ["Ctrl+Z", "undo"],
  ["Ctrl+Shift+Z, Ctrl+Y", "redo"],
  ["+ − 0", "zoom in, out, show all of both maps"],
  ["Space + drag", "move the view; the wheel zooms"],
  ["hold O", "see the pictures without the maps"],
  ["P", "live preview on and off"],
  ["R", "render"],
  ["arrows, Enter", "paint without a mouse, when a map has the focus"],
  ["F2", "change the label that has the focus"],
  ["?", "this help"],
];

export function HelpDialog({ close }: { close: () => void }) {
  return (
    <StudioDialog title="Keys and tools" close={close}>
      <dl class="keys">
        {TOOLS.map(({ key, title, use }) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>
              <strong>{title}</strong> {use}
            </dd>
          </div>
        ))}
        {KEYS.map(([key, use]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{use}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">
        Paint the same labels over the style and in the doodle: where the doodle is water, the picture is made of what is water in
        the style.
      </p>
    </StudioDialog>
  );
}

interface Listed {
  id: string;
  name: string;
  changed: number;
}

export function SessionsDialog({ session, open, close }: { session: Session; open: (id: string) => void; close: () => void }) {
  const [all, setAll] = useState<Listed[]>([]);
  const load = () => askJson<Listed[]>("GET", "/sessions").then(setAll);
  useEffect(() => void session.save().then(load), []);
  return (
    <StudioDialog title="Sessions" close={close}>
      <ul class="sessions">
        {all.map((one) => (
          <li key={one.id} data-current={one.id === session.id}>
            <button class="quiet" onClick={() => (one.id === session.id ? close() : open(one.id))}>
              <strong>{one.name || "Untitled"}</strong>
              <small>{new Date(1000 * one.changed).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}</small>
            </button>
            <button
              class="quiet"
              aria-label={`Remove ${one.name || "Untitled"}`}
              disabled={one.id === session.id}
              onClick={() => confirm(`Remove “${one.name}” with its pictures for good?`) && void ask("DELETE", `/sessions/${one.id}`).then(load)}
            >
              <Icon name="trash" />
            </button>
          </li>
        ))}
      </ul>
      <div class="buttons">
        <button class="primary" onClick={() => void askJson<{ id: string }>("POST", "/sessions").then(({ id }) => open(id))}>
          <Icon name="plus" /> New session
        </button>
      </div>
    </StudioDialog>
  );
}

const SHAPES: [string, number, number][] = [
  ["Wide", 640, 400],
  ["Landscape", 640, 480],
  ["Square", 512, 512],
  ["Portrait", 480, 640],
];

export function NewDoodleDialog({ session, close }: { session: Session; close: () => void }) {
  const { style, target } = session.doc;
  const hasWork = target.painting.plane !== null || target.automatic.plane !== null;
  const begin = (width: number, height: number) => {
    session.resize("target", width, height, null);
    session.pictures.target = null;
    session.touch();
    close();
  };
  const over = async () => {
    const file = await chooseFile(IMAGES);
    if (file && (await session.told(() => session.setPicture("target", file, file.name)))) close();
  };
  return (
    <StudioDialog title="New doodle" close={close}>
      {hasWork && <p class="hint">What is painted in the doodle now will be gone, with its history; the style's map stays.</p>}
      <div class="shapes">
        {[...SHAPES, ["As the style", style.width, style.height] as [string, number, number]].map(([title, width, height]) => (
          <button key={title} class="quiet framed" onClick={() => begin(width, height)}>
            <i style={{ aspectRatio: `${width} / ${height}` }} />
            {title}
          </button>
        ))}
      </div>
      <div class="buttons">
        <button class="quiet framed" onClick={() => void over()}>
          <Icon name="picture" /> Over a photograph to keep
        </button>
      </div>
    </StudioDialog>
  );
}
