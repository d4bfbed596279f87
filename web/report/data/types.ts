// The data files that semstyle/report writes beside the page, in its own words.

export type Cell = string | number | null;
export type Group = "parameter" | "tag" | "metric" | "loss" | "input" | "time" | "other";

export interface ColumnHead {
  name: string;
  group: Group;
  title: string;
  kind: "number" | "category" | "text";
  values?: string[];
  better?: "lower" | "higher" | null;
  meaning?: string;
  constant?: Cell;
  pictures?: (string | null)[];
  picture?: string | null;
}

export interface PageFile {
  file: string;
  count: number;
  digest: string;
}

export interface Compared {
  title: string;
  held: boolean | null;
  renders: { render_id: string; label: string }[];
}

export interface Claim {
  statement: string;
  test: string;
  verdict: string;
  count: string;
  header: string[];
  rows: Cell[][];
  comparisons?: Compared[];
}

export interface InFlight {
  render_id: string;
  label?: string;
  phase?: number | null;
  loss?: number | null;
  losses?: Record<string, number>;
  evaluation?: number | null;
  evaluations?: number | null;
  seconds?: number | null;
  preview?: string | null;
}

export interface Run {
  format: number;
  version: string;
  key?: string;
  out: string;
  name: string;
  manifest?: string | null;
  state: string;
  updated_at: string | null;
  counts: Record<string, number>;
  rate: number | null;
  eta_seconds: number | null;
  nodes?: { name: string; device?: string; renders: number; seconds: number; avoided?: boolean }[];
  in_flight?: InFlight[];
  last_failures?: { render_id?: string; class?: string; message?: string }[];
  times?: Record<string, number>;
  provenance?: Record<string, Cell | Cell[]>;
  lost?: string[];
  runs?: Record<string, unknown>[];
  columns: ColumnHead[];
  /** Pages of renders fit when theirs is the same. */
  columns_digest?: string;
  pages: PageFile[];
  traces_each: number;
  details_each: number;
  failures?: { total: number; pages: PageFile[]; classes?: Record<string, number> };
  claims?: Claim[];
  contact_sheets?: string[];
  metrics?: { name: string; meaning: string; best: number | null; smallest: number; mean: number; largest: number; count: number }[];
}

export interface RendersPage {
  ids: string[];
  height: number[];
  width: number[];
  columns: Record<string, (number | string | null)[]>;
  thumbnails?: (0 | 1)[];
  digests?: string[];
  /** Addresses of the images, when some are not where they usually are. */
  images?: string[];
  columns_digest?: string;
}

export interface TracePhase {
  phase: number;
  height: number;
  width: number;
  evaluation: number[];
  [series: string]: number | (number | null)[];
}

export interface TracesPage {
  ids: string[];
  traces: ({ phases: TracePhase[] } | null)[];
}

export interface Attempt {
  outcome: string;
  node?: string | null;
  started_at?: string | null;
  seconds?: number | null;
  error?: string;
}

export interface Origin {
  script: string;
  width: number;
  height: number;
  styles: (string | null)[];
  patch?: number;
}

export interface Detail {
  parameters?: Record<string, Cell>;
  inputs?: { column: string; uri: string; sha256?: string; picture?: string | null }[];
  maps_made?: Record<string, string>;
  attempts?: Attempt[];
  remarks?: string[];
  metrics?: Record<string, number | null>;
  losses?: Record<string, number | null>;
  provenance?: Record<string, Cell>;
  times?: Record<string, number | null>;
  manifest_file?: string | null;
  manifest_row?: number | null;
  command?: string | null;
  tags?: Record<string, string>;
  origin?: Origin | null;
  phases_pictures?: (string | { phase: number; picture: string })[];
}

export interface DetailsPage {
  ids: string[];
  details: Detail[];
}

export interface FailureEntry {
  render_id: string;
  class: string;
  message: string;
  label?: string;
  manifest_file?: string | null;
  manifest_row?: number | null;
  tags?: Record<string, string>;
  attempts?: Attempt[];
  traceback?: string;
}

export interface FailuresPage {
  failures: FailureEntry[];
}
