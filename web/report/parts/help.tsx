import { useEffect, useRef, useState } from "preact/hooks";
import { areKeysOn, setKeysOn } from "./keys.ts";

const KEYS: [string, [string, string][]][] = [
  ["Everywhere", [["1 – 5", "grid, table, picks, failures, run"], ["/", "search"], ["r", "look for what is new"], ["d", "dark or light"], ["?", "this help"], ["Esc", "back"]]],
  ["A render", [["p", "star it, or take the star back"], ["x", "reject it, or take that back"], ["u", "take both back"], ["v", "compare: the first, then the second"], ["hold s", "its style in its place"], ["hold m", "its map"], ["hold M", "its style’s map"], ["hold c", "its content"]]],
  ["Grid", [["g", "into the grid"], ["← ↑ → ↓", "from cell to cell"], ["Enter", "open"], ["[  ]", "page before, page after"], [",  .", "through those that share a cell"], ["+  −  0", "zoom all cells; whole pictures"], ["drag", "move all pictures"], ["Ctrl + wheel", "zoom where the pointer is"]]],
  ["Table", [["↑ ↓", "from row to row"], ["Enter", "open"], ["k", "chart on or off"], ["Shift + click", "sort by this column as well"]]],
  ["Picture", [["← →", "render before, render after; the slider"], ["+  −", "zoom"], ["0", "fit"], ["f", "100 %"], ["t", "change sides, when two are compared"]]],
];

export function Help({ isOpen, close }: { isOpen: boolean; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [isOn, setOn] = useState(areKeysOn());
  useEffect(() => {
    const element = dialog.current;
    if (isOpen && element && !element.open) element.showModal();
    if (!isOpen && element?.open) element.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={close} onClick={(event) => { if (event.target === dialog.current) close(); }}>
      <div class="help-head">
        <h2 id="help-title">Keys</h2>
        <button onClick={close} autofocus>Close</button>
      </div>
      <div class="help-columns">
        {KEYS.map(([title, keys]) => (
          <section key={title}>
            <h3>{title}</h3>
            <dl>{keys.map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}</dl>
          </section>
        ))}
      </div>
      <label><input type="checkbox" checked={isOn} onChange={(event) => { setKeysOn(event.currentTarget.checked); setOn(event.currentTarget.checked); }} /> Single letters are keys</label>
    </dialog>
  );
}
