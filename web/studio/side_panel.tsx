import { useState } from "preact/hooks";
import { isOver, type About, type Parameter } from "./document";
import { useChanges } from "./hooks";
import { Icon } from "./icons";
import { makeAutomatic } from "./pane";
import { part, Pictures, told } from "./pictures";
import type { Session } from "./session";
import { StudioDialog } from "./dialog";

/** The picture that comes of it: the preview, what the maps lack, the render, and what is finished. */
export function SidePanel({ session, about }: { session: Session; about: About }) {
  useChanges(session);
  return (
    <aside class="side" aria-label="Picture">
      <Preview session={session} />
      <Warnings session={session} />
      <Automatic session={session} />
      <RenderForm session={session} about={about} />
      <Pictures session={session} />
    </aside>
  );
}

function Preview({ session }: { session: Session }) {
  const news = session.renders.preview;
  const isBusy = news !== null && !isOver(news);
  const { width, height } = session.doc.target;
  return (
    <section class="preview" aria-label="Preview">
      <div class="frame" data-old={session.preview.isOld} style={{ aspectRatio: `${width} / ${height}` }}>
        {session.preview.url ? (
          <img src={session.preview.url} alt="Preview of the picture" />
        ) : (
          <p class="hint">{session.doc.style.picture ? "The first preview is on its way" : "The preview appears here"}</p>
        )}
        {isBusy && <span class="bar" style={{ width: `${100 * part(news)}%` }} />}
      </div>
      <div class="line">
        <span role="status">{news ? told(news, "preview") : "Preview"}</span>
        <label class="switch" title="Make a preview again whenever something is painted (P)">
          <input
            type="checkbox"
            role="switch"
            checked={session.isLive}
            onChange={(event) => {
              session.isLive = event.currentTarget.checked;
              if (session.isLive) session.wishPreview();
              session.changed();
            }}
          />
          Live
        </label>
      </div>
    </section>
  );
}

function Warnings({ session }: { session: Session }) {
  const { check } = session;
  if (!check || !session.doc.style.picture) return null;
  if (!check.warnings.length) {
    return (
      <p class="fine" role="status">
        <Icon name="check" /> The maps belong together
      </p>
    );
  }
  return (
    <section class="warnings" aria-label="What the maps lack" role="status">
      {check.warnings.slice(0, 4).map((warning) => (
        <details key={warning.message}>
          <summary>
            {warning.labels.slice(0, 2).map((label) => (
              <i key={label} class="swatch" style={{ background: session.doc.palette[label]?.color }} />
            ))}
            {summary(warning.message)}
          </summary>
          <p>{warning.message}</p>
        </details>
      ))}
      {check.warnings.length > 4 && <p class="hint">and {check.warnings.length - 4} more</p>}
    </section>
  );
}

function summary(message: string): string {
  return message.split(/[;.](?:\s|$)/)[0]!.replace(/\(.*?\)/g, "");
}

function Automatic({ session }: { session: Session }) {
  const [labels, setLabels] = useState(6);
  const [isBusy, setBusy] = useState(false);
  if (!session.doc.style.picture) return null;
  return (
    <details class="fold">
      <summary>
        <Icon name="wand" /> Automatic map
      </summary>
      <p class="hint">Labels found in the picture{session.doc.target.picture ? "s" : ""}, below what you paint: a start.</p>
      <div class="line">
        <label>
          at most <input type="number" min={2} max={16} value={labels} onInput={(event) => setLabels(event.currentTarget.valueAsNumber || 6)} /> labels
        </label>
        <button
          class="quiet framed"
          disabled={isBusy}
          onClick={() => {
            setBusy(true);
            void makeAutomatic(session, Math.min(16, Math.max(2, labels))).then(() => setBusy(false));
          }}
        >
          {isBusy ? "Looking …" : "Make"}
        </button>
      </div>
    </details>
  );
}

const NUMBERS: [string, string, string][] = [
  ["size", "Long side, pixels", "1"],
  ["iterations", "Iterations a phase", "1"],
  ["style_weight", "Style weight β", "any"],
  ["semantic_weight", "Map weight γ", "any"],
  ["content_weight", "Content weight α", "any"],
  ["seed", "Seed", "1"],
];

function RenderForm({ session, about }: { session: Session; about: About }) {
  const [isCluster, setCluster] = useState(false);
  const { parameters, style, target } = session.doc;
  const set = (name: string, value: Parameter | null) =>
    session.edit((doc) => {
      if (value === null) delete doc.parameters[name];
      else doc.parameters[name] = value;
    });
  return (
    <section class="render" aria-label="Render">
      <fieldset class="presets">
        <legend class="hidden">Preset</legend>
        {about.presets.map((preset) => (
          <label key={preset}>
            <input
              type="radio"
              name="preset"
              checked={(parameters["preset"] ?? "balanced") === preset}
              onChange={() => set("preset", preset === "balanced" ? null : preset)}
            />
            <span>{preset}</span>
          </label>
        ))}
      </fieldset>
      <details class="fold">
        <summary>
          <Icon name="sliders" /> Parameters
        </summary>
        <div class="grid">
          <label>
            Method
            <select
              value={String(parameters["method"] ?? about.defaults["method"])}
              onChange={(event) => set("method", event.currentTarget.value === about.defaults["method"] ? null : event.currentTarget.value)}
            >
              {about.methods.map((method) => (
                <option key={method}>{method}</option>
              ))}
            </select>
          </label>
          {NUMBERS.filter(([name]) => name !== "content_weight" || target.picture).map(([name, title, step]) => (
            <label key={name}>
              {title}
              <input
                type="number"
                name={name}
                min={0}
                step={step}
                placeholder={String(about.defaults[name] ?? "usual")}
                value={parameters[name] ?? ""}
                onChange={(event) => set(name, event.currentTarget.value === "" ? null : Number(event.currentTarget.value))}
              />
            </label>
          ))}
        </div>
      </details>
      <div class="buttons">
        <button class="primary" disabled={!style.picture} title="Render at full size on this machine (R)" onClick={() => void session.startRender("picture")}>
          Render {parameters["size"] ?? about.defaults["size"]} px
        </button>
        <button class="quiet framed" disabled={!style.picture} title="Hand it to a Ray cluster" aria-label="Render on a cluster" onClick={() => setCluster(true)}>
          <Icon name="cloud" />
        </button>
      </div>
      {isCluster && <ClusterDialog session={session} about={about} close={() => setCluster(false)} />}
    </section>
  );
}

function ClusterDialog({ session, about, close }: { session: Session; about: About; close: () => void }) {
  const [address, setAddress] = useState(about.cluster?.address ?? "");
  const [folder, setFolder] = useState(about.cluster?.folder ?? "");
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  return (
    <StudioDialog title="Render on a cluster" close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setBusy(true);
          void session.submit(address, folder).then((isDone) => {
            setBusy(false);
            if (isDone) close();
            else setProblem(session.problem);
          });
        }}
      >
        <label>
          The Ray head's dashboard
          <input type="url" required={!about.cluster} placeholder="http://head:8265" value={address} onInput={(event) => setAddress(event.currentTarget.value)} />
        </label>
        <label>
          A folder that the cluster and this machine can write
          <input placeholder="s3://bucket/studio; for a head on this machine, none" value={folder} onInput={(event) => setFolder(event.currentTarget.value)} />
        </label>
        {problem && <p class="problem">{problem}</p>}
        <div class="buttons">
          <button class="primary" disabled={isBusy}>
            {isBusy ? "Handing over …" : "Hand over"}
          </button>
        </div>
      </form>
    </StudioDialog>
  );
}
