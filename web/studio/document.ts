// A session's document, as semstyle/studio/sessions/document.py checks it, and what the studio tells of renders.
export type SideName = "style" | "target";
export type LayerName = "painting" | "automatic";
export const SIDES: SideName[] = ["style", "target"];
export const TITLES: Record<SideName, string> = { style: "Style", target: "Doodle" };

export interface PaletteLabel {
  name: string;
  color: string;
  is_retired: boolean;
}

export interface MapLayer {
  plane: string | null;
  is_shown: boolean;
  is_locked: boolean;
}

export interface MapSide {
  width: number;
  height: number;
  picture: string | null;
  is_picture_shown: boolean;
  opacity: number;
  ground: number;
  painting: MapLayer;
  automatic: MapLayer;
}

export interface HistoryStep {
  side: SideName;
  layer: LayerName;
  before: string | null;
  after: string | null;
}

export type Parameter = string | number;

export interface StudioDocument {
  version: 1;
  revision: number;
  name: string;
  palette: PaletteLabel[];
  style: MapSide;
  target: MapSide;
  history: HistoryStep[];
  position: number;
  parameters: Record<string, Parameter>;
}

export interface About {
  version: string;
  presets: string[];
  methods: string[];
  defaults: Record<string, Parameter>;
  largest: number;
  most_labels: number;
  cluster: { address: string; folder: string } | null;
}

export interface RenderNews {
  id: string;
  kind: "preview" | "picture";
  state: "waiting" | "running" | "submitted" | "finished" | "failed" | "cancelled";
  serial: number;
  ahead: number;
  phase: number;
  phases: number;
  done: number;
  planned: number;
  seconds_left: number | null;
  picture_serial: number;
  message: string;
  made_at: number;
  parameters: Record<string, Parameter>;
  facts: Record<string, number>;
  job: string | null;
}

export interface MapWarning {
  kind: string;
  message: string;
  labels: number[];
}

export interface LabelShare {
  label: number | null;
  style: number;
  target: number;
}

export interface MapCheck {
  labels: LabelShare[];
  warnings: MapWarning[];
}

export interface FoundLabels {
  palette: PaletteLabel[];
  planes: string[];
  sizes: [number, number][];
}

export function isOver(render: RenderNews): boolean {
  return ["finished", "failed", "cancelled"].includes(render.state);
}
