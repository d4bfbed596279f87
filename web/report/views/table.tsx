// All renders as rows, of which only those in sight are drawn.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Column } from "../data/column.ts";
import { address, go, place, set, usePlace } from "../data/location.ts";
import type { Renders } from "../data/renders.ts";
import { sortingOf } from "../data/selection.ts";
import { FilterBar } from "../parts/filters.tsx";
import { useKeys } from "../parts/keys.ts";
import { markForComparison } from "../parts/compared.ts";
import { Empty, groupTitle, PickButtons } from "../parts/small.tsx";
import { useSize } from "../parts/size.ts";
import { picks, usePicks } from "../picks/picks.ts";
import { Scatter } from "./scatter.tsx";

const ROW = 44;
const BEYOND = 12;
const MOST_COLUMNS = 40;
const GROUPS = ["tag", "parameter", "metric", "loss", "input", "time", "other"] as const;
const SHOWN_AT_FIRST = ["tag", "parameter", "metric"];

/** The columns to show: those of the address, else what varies, with the metrics. */
function columnsOf(renders: Renders, params: URLSearchParams): Column[] {
  const named = params.get("show");
  if (named !== null) return named.split("~").flatMap((name) => renders.column(name) ?? []);
  const varying = GROUPS.filter((group) => SHOWN_AT_FIRST.includes(group)).flatMap((group) => renders.varying(group));
  const loss = renders.column("loss");
  return [...varying, ...(loss?.varies ? [loss] : [])].slice(0, MOST_COLUMNS);
}

export function TableView({ renders, selection }: { renders: Renders; selection: number[] }) {
  const { params } = usePlace();
  const marks = usePicks();
  const [box, size] = useSize<HTMLDivElement>();
  const [top, setTop] = useState(0);
  const [focus, setFocus] = useState(0);
  const wantsFocus = useRef(false);
  const hovered = useRef<string | null>(null);
  const columns = useMemo(() => columnsOf(renders, params), [renders, params.get("show")]);
  const head = useRef<HTMLTableSectionElement>(null);
  const headHeight = head.current?.offsetHeight ?? 36;

  const first = Math.max(0, Math.floor(top / ROW) - BEYOND);
  const last = Math.min(selection.length, Math.ceil((top + size.height) / ROW) + BEYOND);
  const row = Math.min(focus, Math.max(0, selection.length - 1));

  const move = (by: number): false | void => {
    if (document.activeElement instanceof HTMLSelectElement) return false;
    const next = Math.min(selection.length - 1, Math.max(0, row + by));
    hovered.current = null;
    wantsFocus.current = true;
    setFocus(next);
    const element = box.current;
    if (!element) return;
    if (next * ROW < element.scrollTop) element.scrollTop = next * ROW;
    else if ((next + 1) * ROW + headHeight > element.scrollTop + element.clientHeight) element.scrollTop = (next + 1) * ROW + headHeight - element.clientHeight;
  };
  useEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    box.current?.querySelector<HTMLElement>(`a[data-row="${row}"]`)?.focus({ preventScroll: true });
  });
  useEffect(() => box.current?.scrollTo(0, 0), [params.getAll("sort").join(), params.getAll("f").join(), params.get("q")]);
  const onTarget = (action: (id: string) => void) => (): false | void => {
    const index = selection[row];
    const id = hovered.current ?? (box.current?.contains(document.activeElement) && index !== undefined ? renders.id(index) : null);
    if (!id) return false;
    action(id);
  };
  const page = Math.max(1, Math.floor(size.height / ROW) - 2);
  useKeys({
    ArrowDown: () => move(1), ArrowUp: () => move(-1), PageDown: () => move(page), PageUp: () => move(-page),
    Home: () => move(-selection.length), End: () => move(selection.length),
    p: onTarget((id) => picks.toggle(id, "star")), x: onTarget((id) => picks.toggle(id, "reject")), u: onTarget((id) => picks.clear([id])),
    v: onTarget(markForComparison), o: onTarget((id) => go("render", id)),
    k: () => set({ chart: params.get("chart") === "off" ? null : "off" }),
  });

  return (
    <div class="view table-view">
      <FilterBar renders={renders} passing={selection.length}>
        <button aria-pressed={params.get("chart") !== "off"} title="k" onClick={() => set({ chart: params.get("chart") === "off" ? null : "off" })}>Chart</button>
        <ColumnChoice renders={renders} shown={columns} />
      </FilterBar>
      {params.get("chart") !== "off" && selection.length > 1 && <Scatter renders={renders} selection={selection} />}
      <div
        ref={box} class="table-box" role="region" aria-label="Renders" tabIndex={0}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        onPointerMove={(event) => { hovered.current = (event.target as Element).closest<HTMLElement>("tr[data-id]")?.dataset["id"] ?? null; }}
        onPointerLeave={() => { hovered.current = null; }}
      >
        <table aria-rowcount={selection.length + 1}>
          <thead ref={head}>
            <tr aria-rowindex={1}>
              <th scope="col" class="pinned"><span class="visually-hidden">Image</span></th>
              <th scope="col">Pick</th>
              {columns.map((column) => <Head key={column.name} column={column} />)}
              <th scope="col">id</th>
            </tr>
          </thead>
          <tbody>
            {first > 0 && <tr aria-hidden="true"><td class="spacer" style={{ height: `${first * ROW}px` }} colSpan={columns.length + 3} /></tr>}
            {selection.slice(first, last).map((index, place) => {
              const id = renders.id(index);
              return (
                <tr key={id} data-id={id} aria-rowindex={first + place + 2} class={[marks.of(id) ?? "", first + place === row ? "current" : ""].join(" ")} onClick={(event) => open(event, id)} onFocusIn={() => setFocus(first + place)}>
                  <td class="pinned">
                    <a href={address("render", id)} data-row={first + place} tabIndex={first + place === row ? 0 : -1} aria-label={renders.caption(index)}>
                      <img class="small-picture" src={renders.thumbnail(index)} alt="" loading="lazy" decoding="async" />
                    </a>
                  </td>
                  <td><PickButtons id={id} small /></td>
                  {columns.map((column) => (
                    <td key={column.name} class={column.isNumber ? "number" : "text"} title={column.isNumber ? undefined : column.label(index)}>{column.label(index)}</td>
                  ))}
                  <td class="text id">{id}</td>
                </tr>
              );
            })}
            {last < selection.length && <tr aria-hidden="true"><td class="spacer" style={{ height: `${(selection.length - last) * ROW}px` }} colSpan={columns.length + 3} /></tr>}
          </tbody>
        </table>
        {selection.length === 0 && <Empty>{renders.count ? "No render passes the filters." : "No render has been stored yet."}</Empty>}
      </div>
    </div>
  );
}

/** A click on a row opens its render, unless it meant a link, a button or text to be copied. */
function open(event: MouseEvent, id: string): void {
  if ((event.target as Element).closest("a, button") || getSelection()?.toString()) return;
  go("render", id);
}

function Head({ column }: { column: Column }) {
  const { params } = usePlace();
  const sorting = sortingOf(params);
  const found = sorting.findIndex((known) => known.column === column.name);
  const own = sorting[found];
  const press = (event: MouseEvent): void => {
    const others = event.shiftKey ? place().params.getAll("sort").filter((text) => text.replace(/^-/, "") !== column.name) : [];
    const next = !own ? [column.name] : own.isFalling ? [] : [`-${column.name}`];
    set({ sort: [...others, ...next] });
  };
  const arrow = own ? (own.isFalling ? "↓" : "↑") : "";
  return (
    <th scope="col" class={column.isNumber ? "number" : "text"} aria-sort={own && found === 0 ? (own.isFalling ? "descending" : "ascending") : undefined}>
      <button class="sort" title={[column.head.meaning, "Sort; with Shift by this as well"].filter(Boolean).join("\n")} onClick={press}>
        {column.title}<span class="arrow" aria-hidden="true">{arrow}{arrow && sorting.length > 1 ? found + 1 : ""}</span>
      </button>
    </th>
  );
}

function ColumnChoice({ renders, shown }: { renders: Renders; shown: Column[] }) {
  const names = shown.map((column) => column.name);
  const change = (next: string[]): void => set({ show: next.join("~") });
  const toggle = (column: Column): void => {
    const order = GROUPS.flatMap((group) => renders.columns.filter((known) => known.group === group)).map((known) => known.name);
    const next = names.includes(column.name) ? names.filter((name) => name !== column.name) : [...names, column.name];
    change(next.sort((a, b) => order.indexOf(a) - order.indexOf(b)));
  };
  return (
    <details class="menu">
      <summary class="button">Columns ({names.length})</summary>
      <div class="menu-sheet">
        {GROUPS.map((group) => {
          const own = renders.columns.filter((column) => column.group === group && !column.isConstant);
          return own.length === 0 ? null : (
            <fieldset key={group}>
              <legend>{groupTitle(group)}</legend>
              {own.map((column) => (
                <label key={column.name} title={column.head.meaning}>
                  <input type="checkbox" checked={names.includes(column.name)} onChange={() => toggle(column)} /> {column.title}
                </label>
              ))}
            </fieldset>
          );
        })}
        <button onClick={() => set({ show: null })}>As at first</button>
      </div>
    </details>
  );
}
