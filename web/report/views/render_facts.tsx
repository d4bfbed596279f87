// All that is known of a render, as lists: what tells it apart first.
import { figure, NOTHING, shown } from "../data/column.ts";
import { report, useLoaded } from "../data/report.ts";
import type { Renders } from "../data/renders.ts";
import type { Cell, Detail } from "../data/types.ts";
import { AttemptTable } from "../parts/attempts.tsx";
import { CopyButton } from "../parts/small.tsx";
import { Losses } from "./losses.tsx";

interface FactsProps {
  renders: Renders;
  index: number;
  detail: Detail | null | undefined;
}

export function RenderFacts({ renders, index, detail }: FactsProps) {
  const id = renders.id(index);
  const phases = useLoaded(() => report.trace(id), [id]);
  const told = renders.varying("tag", "parameter").filter((column) => column.value(index) !== null);
  return (
    <div class="facts">
      <h2>{renders.caption(index, [], 3)}</h2>
      <p class="faint id">{id} · {renders.width(index)} × {renders.height(index)} pixels</p>
      {detail?.remarks?.map((remark) => <p class="remark" key={remark}>{remark}</p>)}
      {told.length > 0 && <Facts title="What tells it apart" facts={told.map((column) => [column.title, column.value(index)])} />}
      <section>
        <h3>Losses</h3>
        {phases === undefined ? <p class="faint">Loading …</p> : <Losses phases={phases ?? []} />}
      </section>
      <Metrics renders={renders} index={index} />
      {detail === undefined && <p class="faint">Loading …</p>}
      {detail === null && <p class="faint">Its details cannot be read.</p>}
      {detail && <Details detail={detail} />}
    </div>
  );
}

/** Metrics, each with where this render stands among all. */
function Metrics({ renders, index }: { renders: Renders; index: number }) {
  const columns = renders.columns.filter((column) => column.group === "metric" && column.number(index) !== null);
  if (columns.length === 0) return null;
  return (
    <section>
      <h3>Metrics</h3>
      <table class="list">
        <tbody>
          {columns.map((column) => {
            const numbers = column.levels().map((level) => level.value).filter((value) => typeof value === "number");
            const [low, high] = [numbers[0] ?? 0, numbers.at(-1) ?? 0];
            const value = column.number(index)!;
            return (
              <tr key={column.name} title={column.head.meaning}>
                <th scope="row">{column.title}{column.head.better && <span class="faint"> {column.head.better === "lower" ? "↓" : "↑"}</span>}</th>
                <td class="number">{figure(value)}</td>
                <td class="where">
                  {high > low && <meter min={low} max={high} value={value} aria-label={`${figure(value)} between ${figure(low)} and ${figure(high)} of all renders`} />}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}

function Details({ detail }: { detail: Detail }) {
  const entries = (record: Record<string, Cell> | undefined): [string, Cell][] => Object.entries(record ?? {});
  const place: [string, Cell][] = detail.manifest_file ? [["manifest", detail.manifest_file], ["row", detail.manifest_row ?? null]] : [];
  return (
    <>
      {detail.command && (
        <section>
          <h3>Make it again</h3>
          <pre class="command" tabIndex={0}>{detail.command}</pre>
          <CopyButton text={detail.command} label="Copy the command" />
        </section>
      )}
      <Facts title="Tags" facts={entries(detail.tags)} />
      <Facts title="Parameters" facts={entries(detail.parameters)} />
      <Facts title="Losses at the end" facts={entries(detail.losses)} />
      <Facts title="Inputs" facts={(detail.inputs ?? []).map((input): [string, Cell] => [input.column.replace(/_/g, " "), input.uri])} />
      <Facts title="Maps that were made" facts={entries(detail.maps_made)} />
      <Facts title="Times" facts={entries(detail.times)} />
      {detail.attempts && detail.attempts.length > 0 && (
        <section>
          <h3>Attempts</h3>
          <AttemptTable attempts={detail.attempts} />
        </section>
      )}
      <Facts title="Provenance" facts={[...place, ...entries(detail.provenance)]} />
    </>
  );
}

export function Facts({ title, facts }: { title: string; facts: [string, Cell | undefined][] }) {
  const known = facts.filter(([, value]) => shown(value) !== NOTHING);
  if (known.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <dl class="list">
        {known.map(([name, value], place) => (
          <div key={`${name}${place}`}>
            <dt>{name.replace(/_/g, " ")}</dt>
            <dd>{shown(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
