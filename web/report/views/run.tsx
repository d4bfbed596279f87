// The run as a whole: how far it is, where its time goes, and what it says of the paper's claims.
import { figure, shown } from "../data/column.ts";
import { address } from "../data/location.ts";
import { report } from "../data/report.ts";
import type { Renders } from "../data/renders.ts";
import type { Cell, Run } from "../data/types.ts";
import { duration, moment } from "../parts/clock.ts";
import { Facts } from "./render_facts.tsx";
import { Claims } from "./claims.tsx";

export function RunView({ run, renders }: { run: Run; renders: Renders }) {
  return (
    <div class="view run-view page">
      <Progress run={run} />
      {(run.in_flight?.length ?? 0) > 0 && <InFlightList run={run} />}
      <div class="columns">
        <Times run={run} />
        <LastFailures run={run} />
        <Lost run={run} />
        <Facts title="Provenance" facts={provenance(run)} />
      </div>
      <Claims run={run} renders={renders} />
      <MetricTable run={run} />
      <Nodes run={run} />
      <Runs run={run} />
      {(run.contact_sheets?.length ?? 0) > 0 && (
        <section>
          <h3>Contact sheets</h3>
          <p class="links">{run.contact_sheets!.map((name) => <a key={name} href={name}>{name}</a>)}</p>
        </section>
      )}
    </div>
  );
}

function provenance(run: Run): [string, Cell][] {
  return [["out", run.out], ["manifest", run.manifest ?? null], ["semstyle", run.version], ...Object.entries(run.provenance ?? {}).map(([name, value]): [string, Cell] => [name, Array.isArray(value) ? value.map(shown).join(", ") : value])];
}

function Progress({ run }: { run: Run }) {
  const { counts } = run;
  const done = (counts["rendered"] ?? 0) + (counts["skipped"] ?? 0);
  const failed = (counts["failed"] ?? 0) + (counts["failed_before"] ?? 0);
  const left = counts["left"] ?? 0;
  const all = Math.max(1, done + failed + left);
  const tiles: [string, string][] = [
    ["images", report.renders.count.toLocaleString("en")],
    ["failed", failed.toLocaleString("en")],
    ["left", left.toLocaleString("en")],
    ["retries", (counts["retries"] ?? 0).toLocaleString("en")],
    ["lost", (counts["lost"] ?? 0).toLocaleString("en")],
    ["renders a minute", run.rate === null || run.rate === undefined ? "–" : figure(run.rate)],
    ["time left", report.isGoing ? duration(run.eta_seconds) : "–"],
  ];
  return (
    <section aria-label="Progress">
      <h2>{run.name} <span class={`state ${run.state}`}>{run.state}</span></h2>
      <progress max={all} value={done + failed} aria-label={`${done + failed} of ${all} rows`} />
      <dl class="tiles">
        {tiles.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}
      </dl>
      <p class="faint small">As of {moment(run.updated_at)}{report.isGoing ? "; asked again every 10 seconds." : "."}</p>
    </section>
  );
}

function InFlightList({ run }: { run: Run }) {
  return (
    <section>
      <h3>In flight</h3>
      <ul class="in-flight">
        {run.in_flight!.map((render) => (
          <li key={render.render_id}>
            {render.preview ? <img src={`${render.preview}?t=${encodeURIComponent(run.updated_at ?? "")}`} alt="" /> : <span class="missing small">no preview</span>}
            <p>
              <b>{render.label || render.render_id}</b><br />
              {[
                render.phase ? `phase ${render.phase}` : null,
                render.evaluation ? `evaluation ${render.evaluation}${render.evaluations ? ` of ${render.evaluations}` : ""}` : null,
                typeof render.loss === "number" ? `loss ${figure(render.loss)}` : null,
                typeof render.seconds === "number" ? duration(render.seconds) : null,
              ].filter(Boolean).join(" · ")}
              {render.losses && <span class="faint small"><br />{Object.entries(render.losses).map(([name, value]) => `${name.replace(/_/g, " ")} ${figure(value)}`).join(" · ")}</span>}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Times({ run }: { run: Run }) {
  const times = Object.entries(run.times ?? {}).filter(([, seconds]) => typeof seconds === "number" && seconds > 0);
  const total = times.reduce((sum, [, seconds]) => sum + seconds, 0);
  if (total === 0) return null;
  return (
    <section>
      <h3>Time by part</h3>
      <table class="list">
        <tbody>
          {times.map(([name, seconds]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{duration(seconds)}</td>
              <td class="where"><meter min={0} max={total} value={seconds} aria-label={`${Math.round((100 * seconds) / total)} % of all`} /></td>
              <td class="number">{figure(Number(((100 * seconds) / total).toPrecision(2)))} %</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function LastFailures({ run }: { run: Run }) {
  const failures = run.last_failures ?? [];
  if (failures.length === 0) return null;
  return (
    <section>
      <h3>Last failures</h3>
      <ul class="last-failures">
        {failures.map((failure, place) => (
          <li key={place}><b>{failure.class}</b> <span class="id">{failure.render_id}</span><br />{failure.message}</li>
        ))}
      </ul>
      <a href={address("failures")}>All failures</a>
    </section>
  );
}

function Lost({ run }: { run: Run }) {
  const lost = run.lost ?? [];
  if (lost.length === 0) return null;
  return (
    <section>
      <h3>Lost</h3>
      <p class="faint">Rendered once, and gone from the folder since; the same command renders them again.</p>
      <p class="id">{lost.slice(0, 100).join(", ")}{lost.length > 100 ? " …" : ""}</p>
    </section>
  );
}

function MetricTable({ run }: { run: Run }) {
  const metrics = run.metrics ?? [];
  if (metrics.length === 0) return null;
  return (
    <section>
      <h3>Metrics</h3>
      <div class="scroll-x" role="region" aria-label="Metrics" tabIndex={0}>
        <table class="plain-table">
          <thead>
            <tr><th scope="col">Metric</th><th scope="col" class="number">smallest</th><th scope="col" class="number">mean</th><th scope="col" class="number">largest</th><th scope="col" class="number">best</th><th scope="col">Meaning</th></tr>
          </thead>
          <tbody>
            {metrics.map((metric) => (
              <tr key={metric.name}>
                <th scope="row">{metric.name.replace(/_/g, " ")}</th>
                {[metric.smallest, metric.mean, metric.largest, metric.best].map((value, place) => <td key={place} class="number">{shown(value)}</td>)}
                <td class="faint">{metric.meaning}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Nodes({ run }: { run: Run }) {
  const nodes = run.nodes ?? [];
  if (nodes.length === 0) return null;
  return (
    <section>
      <h3>Nodes</h3>
      <div class="scroll-x" role="region" aria-label="Nodes" tabIndex={0}>
        <table class="plain-table">
          <thead><tr><th scope="col">Node</th><th scope="col">Device</th><th scope="col" class="number">Renders</th><th scope="col" class="number">Seconds each</th><th scope="col">State</th></tr></thead>
          <tbody>
            {nodes.map((node) => (
              <tr key={`${node.name}${node.device}`}>
                <th scope="row" class="id">{node.name}</th><td>{node.device ?? "–"}</td>
                <td class="number">{node.renders.toLocaleString("en")}</td>
                <td class="number">{node.renders ? figure(Number((node.seconds / node.renders).toPrecision(3))) : "–"}</td>
                <td>{node.avoided ? <b class="bad">avoided</b> : "in use"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Runs({ run }: { run: Run }) {
  const runs = run.runs ?? [];
  if (runs.length === 0) return null;
  const text = (value: unknown): string => (value === null || value === undefined ? "–" : String(value));
  return (
    <section>
      <h3>Runs into this folder</h3>
      <div class="scroll-x" role="region" aria-label="Runs into this folder" tabIndex={0}>
        <table class="plain-table">
          <thead><tr><th scope="col">Run</th><th scope="col">Began</th><th scope="col">Ended</th><th scope="col">State</th><th scope="col">Host</th><th scope="col">semstyle</th></tr></thead>
          <tbody>
            {runs.map((one, place) => (
              <tr key={place}>
                <th scope="row" class="id">{text(one["run_id"])}</th>
                <td class="nowrap">{moment(one["started_at"] as string)}</td><td class="nowrap">{moment(one["ended_at"] as string | null)}</td>
                <td>{text(one["state"])}</td><td>{text(one["host"])}</td><td>{text(one["semstyle_version"])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
