import { useEffect, useState } from "preact/hooks";
import { StudioDialog } from "./dialog";
import { isOver, type RenderNews } from "./document";
import { fileName, saveFile } from "./hooks";
import { Icon } from "./icons";
import type { Session } from "./session";

/** What was rendered, the newest first. */
export function Pictures({ session }: { session: Session }) {
  const all = session.renders.pictures;
  const [shown, setShown] = useState<string | null>(null);
  if (!all.length) return null;
  return (
    <section class="pictures" aria-label="Pictures">
      {all.map((news) => (
        <PictureCard key={news.id} session={session} news={news} show={() => setShown(news.id)} />
      ))}
      {shown && session.renders.get(shown) && <PictureDialog session={session} news={session.renders.get(shown)!} close={() => setShown(null)} />}
    </section>
  );
}

function usePicture(session: Session, news: RenderNews): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    let isCurrent = true;
    let made = "";
    if (news.picture_serial > 0) {
      void session
        .file(`/renders/${news.id}/picture?${news.picture_serial}`)
        .then((picture) => isCurrent && setUrl((made = URL.createObjectURL(picture))))
        .catch(() => undefined);
    }
    return () => {
      isCurrent = false;
      if (made) setTimeout(() => URL.revokeObjectURL(made), 1000);
    };
  }, [news.id, news.picture_serial]);
  return url;
}

function PictureCard({ session, news, show }: { session: Session; news: RenderNews; show: () => void }) {
  const url = usePicture(session, news);
  const isBusy = !isOver(news);
  return (
    <article class="picture" data-state={news.state} data-render={news.id}>
      <button class="thumb" aria-label="Look at the picture" disabled={!url} onClick={show}>
        {url ? <img src={url} alt="" /> : <Icon name="picture" />}
        {isBusy && <span class="bar" style={{ width: `${100 * part(news)}%` }} />}
      </button>
      <span role="status">{told(news, "picture")}</span>
      <button
        class="quiet"
        aria-label={isBusy ? "Cancel the render" : "Remove the picture"}
        title={isBusy ? "Cancel" : "Remove"}
        onClick={() => (isBusy || confirm("Remove this picture for good?")) && void session.cancelRender(news.id)}
      >
        <Icon name={isBusy ? "close" : "trash"} />
      </button>
    </article>
  );
}

function PictureDialog({ session, news, close }: { session: Session; news: RenderNews; close: () => void }) {
  const url = usePicture(session, news);
  const name = fileName(session.doc.name);
  return (
    <StudioDialog title={session.doc.name} close={close} isWide>
      {url && <img class="whole" src={url} alt="The finished picture" />}
      <p class="hint">
        {Object.entries(news.parameters)
          .map(([parameter, value]) => `${parameter} ${value}`)
          .join(" · ") || "all parameters as usual"}
      </p>
      <div class="buttons">
        <button
          class="primary"
          onClick={() => void session.told(async () => saveFile(await session.file(`/renders/${news.id}/picture`), `${name}.png`))}
        >
          <Icon name="download" /> Save the picture
        </button>
        <button
          class="quiet framed"
          onClick={() => void session.told(async () => saveFile(await session.file(`/export?picture=${news.id}`), `${name}.zip`))}
        >
          With maps and manifest
        </button>
      </div>
    </StudioDialog>
  );
}

export function part(news: RenderNews): number {
  return news.planned ? news.done / news.planned : 0;
}

/** How a render is doing, in a few words. */
export function told(news: RenderNews, kind: string): string {
  switch (news.state) {
    case "waiting":
      return news.ahead ? `waiting for ${news.ahead} ${news.ahead === 1 ? "render" : "renders"}` : "about to begin";
    case "running": {
      if (!news.planned) return "beginning";
      const left = news.seconds_left === null ? "" : `, ${seconds(news.seconds_left)} left`;
      return `phase ${news.phase} of ${news.phases}${left}`;
    }
    case "submitted":
      return news.message || "on the cluster";
    case "failed":
      return news.message || "failed";
    case "cancelled":
      return "cancelled";
    case "finished":
      return kind === "preview" ? "Preview" : news.facts["seconds"] ? `made in ${seconds(news.facts["seconds"])}` : "finished";
  }
}

function seconds(count: number): string {
  return count < 90 ? `${Math.max(1, Math.round(count))} s` : `${Math.round(count / 60)} min`;
}
