import { useEffect, useState } from "preact/hooks";
import { SIDES, TITLES, type About, type SideName } from "./document";
import { HelpDialog, NewDoodleDialog, SessionsDialog } from "./dialogs";
import { canRedo, canUndo } from "./history";
import { fileName, saveFile, useChanges } from "./hooks";
import { Icon } from "./icons";
import { keyPressed, keyReleased } from "./keys";
import { offered, Palette } from "./palette";
import { Pane } from "./pane";
import type { Saving, Session } from "./session";
import { SidePanel } from "./side_panel";
import { Tools } from "./tools";
import type { Toolbox } from "./toolbox";

export type DialogName = "help" | "sessions" | "new" | null;
type Shown = SideName | "picture";

interface AppProps {
  session: Session;
  tools: Toolbox;
  about: About;
  open: (id: string) => void;
}

export function App({ session, tools, about, open }: AppProps) {
  useChanges(session);
  const [dialog, setDialog] = useState<DialogName>(null);
  const [shown, setShown] = useState<Shown>("target"); // on a narrow screen one at a time
  useEffect(() => {
    document.title = `${session.doc.name} – semstyle studio`;
  }, [session.doc.name]);
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => keyPressed(event, session, tools, offered(session), setDialog);
    const released = (event: KeyboardEvent) => keyReleased(event, tools);
    addEventListener("keydown", pressed);
    addEventListener("keyup", released);
    return () => {
      removeEventListener("keydown", pressed);
      removeEventListener("keyup", released);
    };
  }, [session]);
  return (
    <div class="app" data-shown={shown}>
      <TopBar session={session} setDialog={setDialog} />
      <nav class="tabs" aria-label="What is shown">
        {[...SIDES, "picture" as const].map((one) => (
          <button key={one} aria-pressed={shown === one} onClick={() => setShown(one)}>
            {one === "picture" ? "Picture" : TITLES[one]}
          </button>
        ))}
      </nav>
      <Tools tools={tools} />
      <main>
        {SIDES.map((name) => (
          <Pane key={`${session.id} ${name}`} session={session} tools={tools} name={name} openNew={() => setDialog("new")} />
        ))}
      </main>
      <Palette session={session} tools={tools} most={about.most_labels} />
      <SidePanel key={session.id} session={session} about={about} />
      <Problem session={session} />
      {dialog === "help" && <HelpDialog close={() => setDialog(null)} />}
      {dialog === "new" && <NewDoodleDialog session={session} close={() => setDialog(null)} />}
      {dialog === "sessions" && (
        <SessionsDialog
          session={session}
          close={() => setDialog(null)}
          open={(id) => {
            setDialog(null);
            open(id);
          }}
        />
      )}
    </div>
  );
}

const SAVINGS: Record<Saving, string> = {
  saved: "Saved",
  saving: "Saving …",
  unsaved: "Not saved; trying again",
  conflict: "Changed in another tab",
};

function TopBar({ session, setDialog }: { session: Session; setDialog: (name: DialogName) => void }) {
  const state = session.isConnected ? SAVINGS[session.saving] : "The studio does not answer";
  return (
    <header class="top">
      <button class="quiet" title="Sessions" aria-label="Sessions" onClick={() => setDialog("sessions")}>
        <Icon name="menu" />
      </button>
      <h1 class="hidden">semstyle studio</h1>
      <input
        class="title"
        aria-label="Name of the session"
        maxLength={60}
        value={session.doc.name}
        onInput={(event) => {
          session.doc.name = event.currentTarget.value;
          session.editView("style", () => undefined);
        }}
      />
      <span class="saving" role="status" data-state={session.isConnected ? session.saving : "unsaved"}>
        {state}
      </span>
      {session.saving === "conflict" && (
        <button class="quiet framed" onClick={() => void session.load()}>
          Load it
        </button>
      )}
      <span class="gap" />
      <button class="quiet" aria-label="Undo" title="Undo (Ctrl+Z)" disabled={!canUndo(session.doc)} onClick={() => void session.undo()}>
        <Icon name="undo" />
      </button>
      <button class="quiet" aria-label="Redo" title="Redo (Ctrl+Shift+Z)" disabled={!canRedo(session.doc)} onClick={() => void session.redo()}>
        <Icon name="redo" />
      </button>
      <button
        class="quiet"
        title="Save maps, pictures and a manifest row as a ZIP archive"
        aria-label="Export"
        disabled={!session.doc.style.picture}
        onClick={() =>
          void session
            .save()
            .then(() => session.told(async () => saveFile(await session.file("/export"), `${fileName(session.doc.name)}.zip`)))
        }
      >
        <Icon name="download" />
        <span class="word">Export</span>
      </button>
      <button class="quiet" title="Keys and tools (?)" aria-label="Help" onClick={() => setDialog("help")}>
        <Icon name="help" />
      </button>
    </header>
  );
}

function Problem({ session }: { session: Session }) {
  if (!session.problem) return null;
  return (
    <div class="toast" role="alert">
      <Icon name="warn" />
      <span>{session.problem}</span>
      <button
        class="quiet"
        aria-label="Dismiss"
        onClick={() => {
          session.problem = "";
          session.changed();
        }}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
