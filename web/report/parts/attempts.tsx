import type { Attempt } from "../data/types.ts";
import { duration, moment } from "./clock.ts";

export function AttemptTable({ attempts }: { attempts: readonly Attempt[] }) {
  return (
    <div class="scroll-x" role="region" aria-label="Attempts" tabIndex={0}>
      <table class="plain-table">
        <thead><tr><th scope="col">Outcome</th><th scope="col">Began</th><th scope="col" class="number">Took</th><th scope="col">Node</th><th scope="col">Error</th></tr></thead>
        <tbody>
          {attempts.map((attempt, place) => (
            <tr key={place}>
              <td>{attempt.outcome}</td>
              <td class="nowrap">{moment(attempt.started_at)}</td>
              <td class="number">{duration(attempt.seconds)}</td>
              <td class="id" title={attempt.node ?? undefined}>{attempt.node?.slice(0, 12) ?? "–"}</td>
              <td>{attempt.error || "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
