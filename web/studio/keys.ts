// Keys that do the same wherever the focus is, except where one writes.
import { SIDES } from "./document";
import type { DialogName } from "./app";
import type { Session } from "./session";
import { TOOLS, type Toolbox } from "./toolbox";

export function keyPressed(
  event: KeyboardEvent,
  session: Session,
  tools: Toolbox,
  labels: number[],
  show: (dialog: DialogName) => void,
): void {
  const target = event.target as HTMLElement;
  const isWriting = target.matches("input:not([type=range], [type=radio], [type=checkbox]), select, textarea");
  if (isWriting || target.closest("dialog")) return;
  if (event.ctrlKey || event.metaKey) {
    const key = event.key.toLowerCase();
    if (key !== "z" && key !== "y") return;
    event.preventDefault();
    void (key === "y" || event.shiftKey ? session.redo() : session.undo());
    return;
  }
  if (event.altKey || !act(event, session, tools, labels, show)) return;
  event.preventDefault();
}

function act(
  event: KeyboardEvent,
  session: Session,
  tools: Toolbox,
  labels: number[],
  show: (dialog: DialogName) => void,
): boolean {
  const key = event.key.toLowerCase();
  const tool = TOOLS.find((one) => one.key.toLowerCase() === key);
  const label = /^[1-9]$/.test(key) ? labels[Number(key) - 1] : undefined;
  if (tool) tools.set({ tool: tool.tool });
  else if (label !== undefined) tools.take(label);
  else if (key === "x") tools.swap();
  else if (key === "[") tools.grow(-1);
  else if (key === "]") tools.grow(1);
  else if (key === "o") tools.set({ isPeeking: true });
  else if (key === "?") show("help");
  else if (key === "r" && !event.repeat) void session.startRender("picture");
  else if (key === "p" && !event.repeat) toggleLive(session);
  else if (key === "0" || key === "+" || key === "=" || key === "-") zoomAll(key);
  else return false;
  return true;
}

export function keyReleased(event: KeyboardEvent, tools: Toolbox): void {
  if (event.key.toLowerCase() === "o") tools.set({ isPeeking: false });
}

function toggleLive(session: Session): void {
  session.isLive = !session.isLive;
  if (session.isLive) session.wishPreview();
  session.changed();
}

/** Both maps are zoomed as their buttons do. */
function zoomAll(key: string): void {
  const place = key === "-" ? 1 : key === "0" ? 2 : 3;
  for (const side of SIDES) {
    document.querySelector<HTMLButtonElement>(`.pane[data-side=${side}] .zooms button:nth-of-type(${place})`)?.click();
  }
}
