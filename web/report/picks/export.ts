// The picks as a file for other programs.
import type { Renders } from "../data/renders.ts";
import type { Cell, Run } from "../data/types.ts";
import type { Picks } from "./picks.ts";

interface Picked {
  render_id: string;
  image: string;
  parameters: Record<string, Cell>;
  tags: Record<string, Cell>;
}

function picked(renders: Renders, id: string): Picked {
  const index = renders.indexOf(id);
  const valuesOf = (group: string, prefix: string): Record<string, Cell> =>
    Object.fromEntries(
      renders.columns
        .filter((column) => index >= 0 && column.group === group)
        .map((column) => [column.name.slice(prefix.length), column.value(index)]),
    );
  return { render_id: id, image: `images/${id}.png`, parameters: valuesOf("parameter", ""), tags: valuesOf("tag", "tags.") };
}

export function exported(run: Run, renders: Renders, marks: Picks, where: string | null): string {
  const of = (mark: "star" | "reject"): Picked[] => marks.ids(mark).map((id) => picked(renders, id));
  const whole = { format: 1, run: run.out, manifest: run.manifest ?? null, where, starred: of("star"), rejected: of("reject") };
  return JSON.stringify(whole, null, 2);
}
