// One session in this page: its document and pixels, its history, and that both are stored as one paints.
import { ask, askJson, listen, Refused } from "./api";
import type { HistoryStep, LayerName, MapCheck, MapLayer, MapSide, RenderNews, SideName, StudioDocument } from "./document";
import { SIDES } from "./document";
import { addDone, canRedo, canUndo, forgetSide } from "./history";
import { counted, flattened, UNPAINTED, type Labels } from "./pixels";
import { Planes } from "./planes";
import { Preview } from "./preview";
import { Renders } from "./renders";

const SAVE_SECONDS = 0.25;
const PREVIEW_SECONDS = 0.35;

export type Saving = "saved" | "saving" | "unsaved" | "conflict";
export type LayerPixels = Record<SideName, Record<LayerName, Labels | null>>;

export class Session {
  doc!: StudioDocument;
  pixels: LayerPixels = { style: { painting: null, automatic: null }, target: { painting: null, automatic: null } };
  pictures: Record<SideName, ImageBitmap | null> = { style: null, target: null };
  renders = new Renders();
  check: MapCheck | null = null;
  preview = new Preview((path) => this.file(path), () => this.changed());
  saving: Saving = "saved";
  isConnected = true;
  isLive = true;
  problem = "";
  private planes: Planes;
  private pictureNames: Record<SideName, string | null> = { style: null, target: null };
  private listeners = new Set<() => void>();
  private stopped = new AbortController();
  private saveTimer = 0;
  private previewTimer = 0;
  private chain: Promise<void> = Promise.resolve();
  private isDirty = false;
  private isStoring = false;
  private wantsPreview = false;
  private checks = 0;

  constructor(readonly id: string) {
    this.planes = new Planes(`/sessions/${id}`);
  }

  get path(): string {
    return `/sessions/${this.id}`;
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.listeners) listener();
  }

  /** Load what is stored, and listen to what becomes of renders. */
  async open(): Promise<void> {
    await this.load();
    void listen(`${this.path}/events`, this.stopped.signal, (data) => this.hear(data as News), (is) => this.setConnected(is));
    await this.preview.showLast();
    void this.runCheck();
    if (this.doc.style.picture && !this.preview.url) this.wishPreview();
  }

  close(): void {
    this.stopped.abort();
    clearTimeout(this.saveTimer);
    clearTimeout(this.previewTimer);
  }

  async load(): Promise<void> {
    const { document } = await askJson<{ document: StudioDocument }>("GET", this.path);
    if (this.isDirty && this.saving !== "conflict") return; // one has painted on meanwhile
    this.isDirty = false;
    this.doc = document;
    this.saving = "saved";
    await Promise.all(SIDES.map((name) => this.loadSide(name)));
    this.changed();
  }

  private async loadSide(name: SideName): Promise<void> {
    const side = this.doc[name];
    const [painting, automatic] = await Promise.all([this.planes.fetched(side.painting.plane), this.planes.fetched(side.automatic.plane)]);
    this.pixels[name] = { painting, automatic };
    await this.loadPicture(name);
  }

  private async loadPicture(name: SideName): Promise<void> {
    const picture = this.doc[name].picture;
    if (picture === this.pictureNames[name]) return;
    this.pictureNames[name] = picture;
    this.pictures[name]?.close();
    this.pictures[name] = picture
      ? await createImageBitmap(await (await ask("GET", `${this.path}/pictures/${picture}`)).blob())
      : null;
  }

  /** Have a plane's pixels here, before a step names it. */
  async fetchPlane(name: string): Promise<void> {
    await this.planes.fetched(name);
  }

  count(name: SideName): number {
    return this.doc[name].width * this.doc[name].height;
  }

  seen(name: SideName): Labels {
    const { painting, automatic } = this.pixels[name];
    return flattened(painting, automatic, this.doc[name].ground, this.count(name));
  }

  /** The layer that is painted on: the automatic map where that is unlocked and the painting is not. */
  active(name: SideName): LayerName | null {
    const side = this.doc[name];
    if (!side.painting.is_locked && side.painting.is_shown) return "painting";
    return !side.automatic.is_locked && side.automatic.is_shown ? "automatic" : null;
  }

  /** A copy of a layer's pixels to paint on. */
  draft(name: SideName, layer: LayerName): Labels {
    return this.pixels[name][layer]?.slice() ?? new Uint8Array(this.count(name)).fill(UNPAINTED);
  }

  /** Take a layer's new pixels into the document, as a step that can be undone. */
  paint(name: SideName, layer: LayerName, labels: Labels): void {
    const before = this.doc[name][layer].plane;
    const old = before === null ? null : this.planes.known(before);
    if (old ? same(old, labels) : labels.every((label) => label === UNPAINTED)) return;
    this.addSteps([{ side: name, layer, before, after: this.addPlane(name, labels) }]);
  }

  addPlane(name: SideName, labels: Labels): string {
    return this.planes.add(labels, this.doc[name].width, this.doc[name].height);
  }

  addSteps(steps: HistoryStep[]): void {
    const { doc } = this;
    addDone(doc, steps);
    for (const step of steps) {
      doc[step.side][step.layer].plane = step.after;
      this.pixels[step.side][step.layer] = step.after === null ? null : this.planes.known(step.after)!;
    }
    this.touch();
  }

  async undo(): Promise<void> {
    if (canUndo(this.doc)) await this.take(this.doc.history[--this.doc.position]!, "before");
  }

  async redo(): Promise<void> {
    if (canRedo(this.doc)) await this.take(this.doc.history[this.doc.position++]!, "after");
  }

  private async take(step: HistoryStep, end: "before" | "after"): Promise<void> {
    this.doc[step.side][step.layer].plane = step[end];
    this.saving = "saving";
    this.changed();
    const labels = await this.planes.fetched(step[end]);
    if (this.doc[step.side][step.layer].plane === step[end]) this.pixels[step.side][step.layer] = labels;
    this.touch();
  }

  edit(change: (doc: StudioDocument) => void): void {
    change(this.doc);
    this.touch();
  }

  /** Change how something is shown, which needs no new preview. */
  editView(name: SideName, change: (side: MapSide) => void): void {
    change(this.doc[name]);
    this.isDirty = true;
    this.scheduleSave();
    this.changed();
  }

  /** The labels that either map has, all layers together. */
  usedLabels(): Set<number> {
    const used = new Set<number>();
    for (const name of SIDES) {
      counted(this.seen(name)).forEach((number, label) => number && used.add(label));
    }
    return used;
  }

  /** Begin a side anew at another size; its history goes, as it would not fit. */
  resize(name: SideName, width: number, height: number, picture: string | null): void {
    const side = this.doc[name];
    Object.assign(side, { width, height, picture, painting: blank(side.painting), automatic: blank(side.automatic) });
    this.pixels[name] = { painting: null, automatic: null };
    forgetSide(this.doc, name);
  }

  async setPicture(name: SideName, file: Blob, title: string): Promise<void> {
    const path = `${this.path}/pictures?name=${encodeURIComponent(title)}`;
    const made = await askJson<{ id: string; map_width: number; map_height: number }>("POST", path, file);
    const side = this.doc[name];
    const keeps = Math.abs(side.width * made.map_height - side.height * made.map_width) <= Math.max(side.width, made.map_width);
    if (keeps && (side.painting.plane ?? side.automatic.plane)) side.picture = made.id;
    else this.resize(name, made.map_width, made.map_height, made.id);
    if (name === "style" && this.doc.name === "Untitled") this.doc.name = title.replace(/\.\w+$/, "").slice(0, 60) || "Untitled";
    side.is_picture_shown = true;
    side.opacity = Math.min(side.opacity, 0.6);
    await this.loadPicture(name);
    this.touch();
  }

  touch(): void {
    this.isDirty = true;
    this.wantsPreview = true;
    this.preview.outdate();
    this.scheduleSave();
    this.changed();
  }

  private scheduleSave(): void {
    if (this.saving === "conflict") return;
    this.saving = "saving";
    clearTimeout(this.saveTimer);
    this.saveTimer = window.setTimeout(() => void this.save(), SAVE_SECONDS * 1000);
  }

  /** Store what has changed; resolves once it is stored. */
  save(): Promise<void> {
    clearTimeout(this.saveTimer);
    this.chain = this.chain.then(() => this.store());
    return this.chain;
  }

  private async store(): Promise<void> {
    while (this.isDirty && this.saving !== "conflict" && !this.stopped.signal.aborted) {
      this.isDirty = false;
      this.isStoring = true;
      try {
        await this.storeOnce();
        this.saving = this.isDirty ? "saving" : "saved";
      } catch (error) {
        this.isDirty = true;
        this.saving = "unsaved";
        if (error instanceof Refused && error.status === 409) this.saving = "conflict";
        else this.saveTimer = window.setTimeout(() => void this.save(), 2000);
        if (error instanceof Refused && error.status > 0) this.problem = error.message;
        return;
      } finally {
        this.isStoring = false;
        this.changed();
      }
    }
    if (this.wantsPreview) {
      this.wantsPreview = false;
      if (this.isLive) this.wishPreview();
      void this.runCheck();
    }
  }

  private async storeOnce(): Promise<void> {
    const sent = structuredClone(this.doc);
    await this.planes.store();
    const { revision } = await askJson<{ revision: number }>("PUT", this.path, sent);
    this.doc.revision = revision;
  }

  private async runCheck(): Promise<void> {
    const mine = ++this.checks;
    try {
      const found = await askJson<MapCheck>("GET", `${this.path}/check`);
      if (mine === this.checks) this.check = found; // else a newer one is on its way
    } catch (error) {
      this.check = null;
      if (error instanceof Refused && error.status >= 500) this.problem = error.message;
    }
    this.changed();
  }

  /** Ask for a preview once one pauses for a moment. */
  wishPreview(): void {
    clearTimeout(this.previewTimer);
    if (this.doc.style.picture === null) return;
    this.previewTimer = window.setTimeout(() => void this.startRender("preview"), PREVIEW_SECONDS * 1000);
  }

  async startRender(kind: "preview" | "picture"): Promise<void> {
    await this.save();
    await this.told(() => askJson("POST", `${this.path}/renders`, { kind }));
  }

  async submit(address: string, folder: string): Promise<boolean> {
    await this.save();
    return this.told(() => askJson("POST", `${this.path}/submissions`, { address: address || null, folder: folder || null }));
  }

  async cancelRender(id: string): Promise<void> {
    await this.told(() => ask("DELETE", `${this.path}/renders/${id}`));
  }

  /** Do something; what goes wrong is shown, and then false is returned. */
  async told(act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      this.problem = "";
      return true;
    } catch (error) {
      this.problem = error instanceof Error ? error.message : String(error);
      return false;
    } finally {
      this.changed();
    }
  }

  async file(path: string): Promise<Blob> {
    return (await ask("GET", `${this.path}${path}`)).blob();
  }

  private hear(news: News): void {
    this.renders.hear(news.renders, news.ids);
    const latest = this.renders.preview;
    if (latest && latest.picture_serial > 0) void this.preview.show(latest);
    if (news.revision > this.doc.revision && !this.isDirty && !this.isStoring) void this.load().then(() => this.runCheck());
    this.changed();
  }

  private setConnected(is: boolean): void {
    this.isConnected = is;
    if (is && this.isDirty) void this.save();
    this.changed();
  }
}

interface News {
  renders: RenderNews[];
  ids: string[];
  revision: number;
}

function same(one: Labels, other: Labels): boolean {
  return one.length === other.length && one.every((label, place) => label === other[place]);
}

function blank(layer: MapLayer): MapLayer {
  return { ...layer, plane: null };
}
