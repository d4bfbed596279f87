// The paper's claims, each with the numbers and the pictures that it is judged by.
import { useState } from "preact/hooks";
import { shown } from "../data/column.ts";
import type { Renders } from "../data/renders.ts";
import type { Claim, Compared, Run } from "../data/types.ts";
import { sideBySide } from "./compare.tsx";

const SHOWN_AT_FIRST = 2;

export function Claims({ run, renders }: { run: Run; renders: Renders }) {
  const claims = run.claims ?? [];
  if (claims.length === 0) return null;
  return (
    <section class="claims">
      <h2>The paper’s claims</h2>
      {claims.map((claim) => <OneClaim key={claim.statement} claim={claim} renders={renders} />)}
    </section>
  );
}

function OneClaim({ claim, renders }: { claim: Claim; renders: Renders }) {
  const [areAllShown, showAll] = useState(false);
  const compared = claim.comparisons ?? [];
  return (
    <article class="claim">
      <h3>{claim.statement} <span class={`verdict ${claim.verdict.replace(/\s+/g, "-")}`}>{claim.verdict}</span></h3>
      <p class="faint">{claim.count}. Counts as true when {claim.test}.</p>
      <div class="comparisons">
        {compared.slice(0, areAllShown ? undefined : SHOWN_AT_FIRST).map((one) => (
          <Comparison key={one.title} compared={one} statement={claim.statement} renders={renders} />
        ))}
      </div>
      {compared.length > SHOWN_AT_FIRST && (
        <p><button aria-expanded={areAllShown} onClick={() => showAll(!areAllShown)}>{areAllShown ? "Show fewer" : `Show all ${compared.length} comparisons`}</button></p>
      )}
      {claim.rows.length > 0 && (
        <details>
          <summary>The numbers</summary>
          <div class="scroll-x" role="region" aria-label={`Numbers of: ${claim.statement}`} tabIndex={0}>
            <table class="plain-table">
              <thead><tr>{claim.header.map((name) => <th scope="col" key={name}>{name}</th>)}</tr></thead>
              <tbody>
                {claim.rows.map((row, place) => (
                  <tr key={place}>{row.map((cell, column) => <td key={column} class={typeof cell === "number" ? "number" : ""}>{shown(cell)}</td>)}</tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </article>
  );
}

function Comparison({ compared, statement, renders }: { compared: Compared; statement: string; renders: Renders }) {
  const known = compared.renders.filter(({ render_id }) => renders.indexOf(render_id) >= 0);
  if (known.length === 0) return null;
  const verdict = compared.held === null ? "" : compared.held ? "holds" : "does not hold";
  return (
    <div class="comparison">
      <p>
        <b>{compared.title}</b> {verdict && <span class={`verdict ${verdict.replace(/\s+/g, "-")}`}>{verdict}</span>}{" "}
        {known.length > 1 && <a href={sideBySide(known.map(({ render_id }) => render_id), `${statement} – ${compared.title}`)}>Side by side at 100 %</a>}
      </p>
      <div class="strip full">
        {known.map(({ render_id, label }) => {
          const index = renders.indexOf(render_id);
          return (
            <figure key={render_id}>
              <a href={`#/render/${encodeURIComponent(render_id)}`}>
                <img src={renders.image(index)} width={renders.width(index)} height={renders.height(index)} alt={`${compared.title}, ${label}`} loading="lazy" decoding="async" />
              </a>
              <figcaption>{label}</figcaption>
            </figure>
          );
        })}
      </div>
    </div>
  );
}
