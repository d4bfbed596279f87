// Rows that were not rendered: by class, and within it by what was said.
import { useEffect, useMemo, useState } from "preact/hooks";
import { report } from "../data/report.ts";
import type { FailureEntry, Run } from "../data/types.ts";
import { AttemptTable } from "../parts/attempts.tsx";
import { Empty } from "../parts/small.tsx";

const MOST_ROWS = 50;

const CLASSES: Record<string, string> = {
  input: "what the row names is missing, broken or does not fit together",
  storage: "storage did not answer, or not in time",
  worker: "the process that rendered ended, or ran out of memory",
  time: "the render took longer than it may",
  lost: "it was committed, and is gone",
};

/** Failures that say the same but for numbers, ids and paths. */
interface Alike {
  message: string;
  failures: FailureEntry[];
}

export function alike(failures: readonly FailureEntry[]): Alike[] {
  const groups = new Map<string, Alike>();
  for (const failure of failures) {
    const key = failure.message.replace(/\S*\/\S*|\S+\.\w{2,5}\b/g, "…").replace(/\d+(\.\d+)?/g, "#");
    const known = groups.get(key);
    if (known) known.failures.push(failure);
    else groups.set(key, { message: failure.message, failures: [failure] });
  }
  return [...groups.values()].sort((a, b) => b.failures.length - a.failures.length);
}

function useFailures(run: Run): { failures: FailureEntry[]; isWhole: boolean } {
  const [loaded, keep] = useState<{ failures: FailureEntry[]; isWhole: boolean }>({ failures: [], isWhole: false });
  const key = run.failures?.pages.map((page) => page.digest).join() ?? "";
  useEffect(() => {
    let isWanted = true;
    const all = async (): Promise<void> => {
      const failures: FailureEntry[] = [];
      for (const page of (run.failures?.pages ?? []).keys()) {
        const found = await report.failures(page).catch(() => ({ failures: [] }));
        failures.push(...found.failures);
        if (isWanted) keep({ failures: [...failures], isWhole: false });
      }
      if (isWanted) keep({ failures, isWhole: true });
    };
    void all();
    return () => {
      isWanted = false;
    };
  }, [key]);
  return loaded;
}

export function FailuresView({ run }: { run: Run }) {
  const { failures, isWhole } = useFailures(run);
  const classes = useMemo(() => {
    const groups = new Map<string, FailureEntry[]>();
    for (const failure of failures) groups.set(failure.class, [...(groups.get(failure.class) ?? []), failure]);
    return [...groups].sort(([, a], [, b]) => b.length - a.length);
  }, [failures]);
  const total = run.failures?.total ?? run.counts["failed"] ?? 0;
  if (total === 0 && failures.length === 0) return <Empty>{report.isGoing ? "No row has failed so far." : "No row has failed."}</Empty>;
  return (
    <div class="view failures-view page">
      <h2>{total.toLocaleString("en")} {total === 1 ? "row was" : "rows were"} not rendered</h2>
      <p class="faint">
        Once the cause is mended, <code>semstyle run {run.manifest ?? "MANIFEST"} -o {run.out} --retry-failed</code> tries them again.
        {!isWhole && ` ${failures.length.toLocaleString("en")} loaded so far.`}
      </p>
      {classes.map(([name, own]) => (
        <section key={name} class="failure-class" aria-label={`Class ${name}`}>
          <h3><span class="count">{own.length.toLocaleString("en")}</span> {name} {CLASSES[name] && <small>{CLASSES[name]}</small>}</h3>
          {alike(own).map((group) => <Group key={group.message} group={group} />)}
        </section>
      ))}
    </div>
  );
}

function Group({ group }: { group: Alike }) {
  const [most, setMost] = useState(MOST_ROWS);
  const [isOpen, setOpen] = useState(group.failures.length === 1);
  return (
    <details class="failure-group" open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary><span class="count">{group.failures.length.toLocaleString("en")}×</span> <span class="message">{group.message}</span></summary>
      {isOpen && group.failures.slice(0, most).map((failure) => <Failure key={failure.render_id} failure={failure} isAlone={group.failures.length === 1} />)}
      {isOpen && group.failures.length > most && (
        <button onClick={() => setMost(most + 200)}>Show more of {(group.failures.length - most).toLocaleString("en")}</button>
      )}
    </details>
  );
}

function Failure({ failure, isAlone }: { failure: FailureEntry; isAlone: boolean }) {
  const tags = Object.entries(failure.tags ?? {}).map(([name, value]) => `${name} ${value}`);
  return (
    <article class="failure">
      <p>
        <span class="id">{failure.render_id}</span> {failure.label || tags.join(" · ")}
        {failure.manifest_file && <span class="faint"> · row {failure.manifest_row} of {failure.manifest_file}</span>}
      </p>
      {!isAlone && <p class="message">{failure.message}</p>}
      {failure.attempts && failure.attempts.length > 0 && <AttemptTable attempts={failure.attempts} />}
      {failure.traceback && (
        <details><summary>Traceback</summary><pre class="command" tabIndex={0}>{failure.traceback}</pre></details>
      )}
    </article>
  );
}
