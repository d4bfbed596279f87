import { render } from "preact";
import { askJson, enter, Refused } from "./api";
import { App } from "./app";
import type { About } from "./document";
import { Session } from "./session";
import "./studio.css";
import { Toolbox } from "./toolbox";

const LAST = "semstyle-studio-session";
const place = document.getElementById("studio")!;
const tools = new Toolbox();
let session: Session | null = null;

async function open(id: string, about: About): Promise<void> {
  await session?.save();
  session?.close();
  session = new Session(id);
  await session.open();
  localStorage.setItem(LAST, id);
  history.replaceState(null, "", `#session=${id}`);
  tools.take(session.doc.palette.findIndex((label) => !label.is_retired));
  const show = (other: string) => void open(other, about).catch(fail);
  render(<App key={id} session={session} tools={tools} about={about} open={show} />, place);
}

async function choose(wanted: string | null): Promise<string> {
  const all = await askJson<{ id: string }[]>("GET", "/sessions");
  const known = [wanted, localStorage.getItem(LAST)].find((id) => all.some((one) => one.id === id));
  return known ?? all[0]?.id ?? (await askJson<{ id: string }>("POST", "/sessions")).id;
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const isStranger = error instanceof Refused && error.status === 401;
  render(
    <div class="closed" role="alert">
      <h1>{isStranger ? "This page does not know the studio’s token" : "The studio cannot be opened"}</h1>
      <p>{message}</p>
      {!isStranger && (
        <button class="primary" onClick={() => location.reload()}>
          Try again
        </button>
      )}
    </div>,
    place,
  );
}

addEventListener("beforeunload", (event) => {
  if (session && session.saving !== "saved") event.preventDefault();
});
addEventListener("error", (event) => console.error(event.message));

async function begin(): Promise<void> {
  const wanted = enter();
  const about = await askJson<About>("GET", "/about");
  await open(await choose(wanted), about);
}

begin().catch(fail);
