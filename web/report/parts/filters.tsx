// The search and the filters, above the grid and the table.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Column } from "../data/column.ts";
import { inWords, type Filter } from "../data/filter.ts";
import { set, usePlace } from "../data/location.ts";
import type { Renders } from "../data/renders.ts";
import { filtersOf, setFilter, setFilters } from "../data/selection.ts";
import { groupTitle } from "./small.tsx";

const MOST_VALUES = 200;

interface FilterBarProps {
  renders: Renders;
  passing: number;
  /** What the view has at the end of the bar. */
  children: ComponentChildren;
}

export function FilterBar({ renders, passing, children }: FilterBarProps) {
  const { params } = usePlace();
  const [editing, edit] = useState<string | null>(null);
  const filters = filtersOf(params);
  const search = params.get("q") ?? "";
  const usable = renders.columns.filter((column) => column.varies);
  const groups = [...new Set(usable.map((column) => column.group))];
  const column = renders.column(editing);
  const isNarrowed = filters.length > 0 || search !== "";
  return (
    <div class="filters" role="search">
      <input
        type="search" class="search" id="search" placeholder="Search (/)" aria-label="Search ids, tags and inputs" value={search}
        onInput={(event) => set({ q: event.currentTarget.value || null })}
      />
      <select class="add-filter" aria-label="Add a filter" value="" onChange={(event) => { edit(event.currentTarget.value); event.currentTarget.value = ""; }}>
        <option value="">Filter by …</option>
        {groups.map((group) => (
          <optgroup key={group} label={groupTitle(group)}>
            {usable.filter((known) => known.group === group).map((known) => (
              <option key={known.name} value={known.name}>{known.title}</option>
            ))}
          </optgroup>
        ))}
      </select>
      {filters.map((filter) => (
        <span class="chip" key={filter.column}>
          <button class="chip-text" aria-expanded={editing === filter.column} onClick={() => edit(editing === filter.column ? null : filter.column)}>
            <b>{renders.column(filter.column)?.title ?? filter.column}</b> {inWords(filter)}
          </button>
          <button class="chip-close" aria-label={`Take the filter on ${filter.column} away`} onClick={() => setFilter(filter.column, null)}>×</button>
        </span>
      ))}
      {isNarrowed && (
        <>
          <span class="passing" role="status">{passing.toLocaleString("en")} of {renders.count.toLocaleString("en")}</span>
          <button class="plain" onClick={() => { setFilters([]); set({ q: null }); }}>Clear</button>
        </>
      )}
      <div class="bar-end">{children}</div>
      {column && <Editor key={column.name} column={column} filter={filters.find((known) => known.column === column.name) ?? null} close={() => edit(null)} />}
    </div>
  );
}

interface EditorProps {
  column: Column;
  filter: Filter | null;
  close: () => void;
}

function Editor({ column, filter, close }: EditorProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.querySelector<HTMLElement>("input")?.focus();
    const outside = (event: PointerEvent): void => {
      if (!box.current?.parentElement?.contains(event.target as Node)) close();
    };
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, []);
  const isFew = column.levels().length <= (column.isNumber ? 12 : MOST_VALUES);
  return (
    <div
      ref={box} class="editor" role="group" aria-label={`Filter by ${column.title}`}
      onKeyDown={(event) => { if (event.key === "Escape" || (event.key === "Enter" && (event.target as HTMLInputElement).type !== "checkbox")) { event.stopPropagation(); close(); } }}
    >
      <p class="editor-title">{column.title}{column.head.meaning ? <small>{column.head.meaning}</small> : null}</p>
      {isFew ? <Values column={column} filter={filter} /> : column.isNumber ? <Range column={column} filter={filter} /> : <Words column={column} filter={filter} />}
      <div class="buttons">
        <button onClick={close}>Done</button>
        <button disabled={filter === null} onClick={() => { setFilter(column.name, null); close(); }}>Any</button>
      </div>
    </div>
  );
}

function Values({ column, filter }: Omit<EditorProps, "close">) {
  const labels = filter?.kind === "among" ? filter.labels : [];
  const toggle = (label: string): void => {
    const next = labels.includes(label) ? labels.filter((known) => known !== label) : [...labels, label];
    setFilter(column.name, next.length ? { kind: "among", column: column.name, labels: next } : null);
  };
  return (
    <ul class="values">
      {column.levels().map((level) => (
        <li key={level.label}>
          <label>
            <input type="checkbox" checked={labels.includes(level.label)} onChange={() => toggle(level.label)} />
            <span>{level.label}</span>
            <small>{level.count.toLocaleString("en")}</small>
          </label>
        </li>
      ))}
    </ul>
  );
}

function Range({ column, filter }: Omit<EditorProps, "close">) {
  const numbers = column.levels().map((level) => level.value).filter((value) => typeof value === "number");
  const { low = null, high = null } = filter?.kind === "range" ? filter : {};
  const change = (changes: { low?: number | null; high?: number | null }): void => {
    const next = { low, high, ...changes };
    setFilter(column.name, next.low === null && next.high === null ? null : { kind: "range", column: column.name, ...next });
  };
  const number = (text: string): number | null => (text.trim() && Number.isFinite(Number(text)) ? Number(text) : null);
  return (
    <div class="range">
      <label>from <input type="number" step="any" value={low ?? ""} placeholder={String(numbers[0] ?? "")} onInput={(event) => change({ low: number(event.currentTarget.value) })} /></label>
      <label>to <input type="number" step="any" value={high ?? ""} placeholder={String(numbers.at(-1) ?? "")} onInput={(event) => change({ high: number(event.currentTarget.value) })} /></label>
    </div>
  );
}

function Words({ column, filter }: Omit<EditorProps, "close">) {
  return (
    <label class="words">
      contains <input
        type="text" value={filter?.kind === "has" ? filter.text : ""}
        onInput={(event) => setFilter(column.name, event.currentTarget.value ? { kind: "has", column: column.name, text: event.currentTarget.value } : null)}
      />
    </label>
  );
}
