// The stars and the rejects, and what is made of them.
import { useMemo } from "preact/hooks";
import { address } from "../data/location.ts";
import type { Renders } from "../data/renders.ts";
import type { Run } from "../data/types.ts";
import { CopyButton, Empty, PickButtons } from "../parts/small.tsx";
import { sideBySide } from "../views/compare.tsx";
import { conditionFor, LONGEST } from "./condition.ts";
import { exported } from "./export.ts";
import { usePicks, type Mark } from "./picks.ts";

const MOST_SHOWN = 400;
const MOST_BESIDE = 6;

export function PicksView({ run, renders }: { run: Run; renders: Renders }) {
  const marks = usePicks();
  const [stars, rejects] = [marks.ids("star"), marks.ids("reject")];
  const starKey = stars.join();
  const condition = useMemo(() => conditionFor(renders, stars), [renders, starKey]);
  const text = useMemo(() => exported(run, renders, marks, condition?.text ?? null), [run, renders, starKey, rejects.join(), condition]);
  if (stars.length + rejects.length === 0) {
    return (
      <Empty>
        Nothing is picked yet. In the grid, the table or a render’s own view, <kbd>p</kbd> stars a render, <kbd>x</kbd> rejects it and <kbd>u</kbd> takes both back.
      </Empty>
    );
  }
  return (
    <div class="view picks-view page">
      <Marked title="Starred" mark="star" ids={stars} renders={renders} />
      {condition && (
        <section>
          <h3>For the next manifest</h3>
          <p class="faint">
            A condition that holds for {condition.others === 0 ? "these renders and for no other" : `these renders and for ${condition.others.toLocaleString("en")} others with the same parameters and tags`} of this run, for <code>semstyle run --where</code>.
          </p>
          <pre class="command" id="where" tabIndex={0}>{condition.text}</pre>
          {condition.text.length > LONGEST && <p class="remark">It has more than {LONGEST.toLocaleString("en")} characters, which is the most that --where takes. Use the ids in the JSON.</p>}
          <CopyButton text={condition.text} label="Copy the condition" />
        </section>
      )}
      <Marked title="Rejected" mark="reject" ids={rejects} renders={renders} />
      <section>
        <h3>As JSON</h3>
        <p class="buttons">
          <button onClick={() => save(text, `${run.name}-picks.json`)}>Save as a file</button>
          <CopyButton text={text} label="Copy" />
          <button class="plain" onClick={() => marks.clear([...stars, ...rejects])}>Forget all picks</button>
        </p>
        <textarea readOnly rows={10} spellcheck={false} aria-label="The picks as JSON" value={text} />
      </section>
    </div>
  );
}

function save(text: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = name.replace(/[^\w.-]+/g, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function Marked({ title, mark, ids, renders }: { title: string; mark: Mark; ids: readonly string[]; renders: Renders }) {
  if (ids.length === 0) return null;
  const known = ids.filter((id) => renders.indexOf(id) >= 0);
  return (
    <section aria-label={title}>
      <h2>
        {title} <span class="count">{ids.length}</span>{" "}
        {mark === "star" && known.length > 1 && known.length <= MOST_BESIDE && <a class="beside" href={sideBySide(known)}>Side by side at 100 %</a>}
      </h2>
      {known.length < ids.length && <p class="faint">{ids.length - known.length} of them are no longer in this run.</p>}
      <ul class="gallery">
        {known.slice(0, MOST_SHOWN).map((id) => {
          const index = renders.indexOf(id);
          return (
            <li key={id}>
              <a href={address("render", id)}><img src={renders.thumbnail(index)} alt={renders.caption(index)} loading="lazy" decoding="async" /></a>
              <p><span>{renders.caption(index, [], 3)}</span> <PickButtons id={id} small /></p>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
