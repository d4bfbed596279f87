// The pixels of a session's layers: fetched, remembered for a while, and stored before a document names them.
import { ask, newId, packed, unpacked } from "./api";
import type { Labels } from "./pixels";

const MOST_REMEMBERED = 40;

export class Planes {
  private remembered = new Map<string, Labels>();
  private unstored = new Map<string, { labels: Labels; width: number; height: number }>();

  constructor(private path: string) {}

  /** The pixels of a plane, which must not be changed in place. */
  async fetched(name: string | null): Promise<Labels | null> {
    if (name === null) return null;
    let labels = this.remembered.get(name);
    if (!labels) labels = await unpacked(await (await ask("GET", `${this.path}/planes/${name}`)).arrayBuffer());
    this.remember(name, labels);
    return labels;
  }

  known(name: string): Labels | undefined {
    return this.remembered.get(name);
  }

  /** Take in pixels that are not stored yet; returns the plane's name. */
  add(labels: Labels, width: number, height: number): string {
    const name = newId();
    this.unstored.set(name, { labels, width, height });
    this.remember(name, labels);
    return name;
  }

  async store(): Promise<void> {
    for (const [name, { labels, width, height }] of [...this.unstored]) {
      await ask("PUT", `${this.path}/planes/${name}`, await packed(labels, width, height));
      this.unstored.delete(name);
    }
  }

  private remember(name: string, labels: Labels): void {
    this.remembered.delete(name);
    this.remembered.set(name, labels);
    for (const oldest of this.remembered.keys()) {
      if (this.remembered.size <= MOST_REMEMBERED || this.unstored.has(oldest)) break;
      this.remembered.delete(oldest);
    }
  }
}
