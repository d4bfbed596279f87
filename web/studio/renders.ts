// What the studio has told of a session's renders.
import type { RenderNews } from "./document";

export class Renders {
  private all = new Map<string, RenderNews>();

  /** Take in news of some, and forget those that are no more. */
  hear(news: RenderNews[], ids: string[]): void {
    for (const render of news) this.all.set(render.id, render);
    for (const id of this.all.keys()) if (!ids.includes(id)) this.all.delete(id);
  }

  get(id: string): RenderNews | undefined {
    return this.all.get(id);
  }

  /** The newest preview that was not given up. */
  get preview(): RenderNews | null {
    return this.newestFirst("preview").find((render) => render.state !== "cancelled") ?? null;
  }

  get pictures(): RenderNews[] {
    return this.newestFirst("picture");
  }

  private newestFirst(kind: RenderNews["kind"]): RenderNews[] {
    const found = [...this.all.values()].filter((render) => render.kind === kind);
    return found.sort((one, other) => other.made_at - one.made_at);
  }
}
