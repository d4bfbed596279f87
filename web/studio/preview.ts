// The preview that the page shows: the newest picture that has come of any.
import type { RenderNews } from "./document";

export class Preview {
  url = "";
  isOld = false;
  private version = "";

  /** `file` fetches what lies in the session's folder of the server; `onShown` is told of each picture. */
  constructor(
    private file: (path: string) => Promise<Blob>,
    private onShown: () => void,
  ) {}

  /** Show a render's newest picture, unless a later one comes while it is fetched. */
  async show({ id, picture_serial }: RenderNews): Promise<void> {
    const version = `${id} ${picture_serial}`;
    if (version === this.version) return;
    this.version = version;
    try {
      const picture = await this.file(`/renders/${id}/picture?${picture_serial}`);
      if (version === this.version) this.set(picture);
    } catch {
      // A newer preview has taken its place.
    }
  }

  /** Show what was shown when the session was closed, if anything. */
  async showLast(): Promise<void> {
    const last = await this.file("/preview");
    if (last.size) this.set(last);
  }

  /** What is shown, if anything, is no longer of these maps. */
  outdate(): void {
    this.isOld = this.url !== "";
  }

  private set(picture: Blob): void {
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = URL.createObjectURL(picture);
    this.isOld = false;
    this.onShown();
  }
}
