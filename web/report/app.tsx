import { useEffect, useState } from "preact/hooks";
import { toggleTheme, currentTheme } from "../shared/theme.ts";
import { address, go, usePlace } from "./data/location.ts";
import { report, useReport } from "./data/report.ts";
import { useSelection } from "./data/selection.ts";
import { forgetComparison, useCompared } from "./parts/compared.ts";
import { duration } from "./parts/clock.ts";
import { Help } from "./parts/help.tsx";
import { useKeys } from "./parts/keys.ts";
import { Empty, Star } from "./parts/small.tsx";
import { picks, usePicks } from "./picks/picks.ts";
import { PicksView } from "./picks/picks_view.tsx";
import { CompareView } from "./views/compare.tsx";
import { FailuresView } from "./views/failures.tsx";
import { GridView } from "./views/grid.tsx";
import { RenderView } from "./views/render.tsx";
import { RunView } from "./views/run.tsx";
import { TableView } from "./views/table.tsx";

const VIEWS = [
  { view: "grid", title: "Grid" },
  { view: "table", title: "Table" },
  { view: "picks", title: "Picks" },
  { view: "failures", title: "Failures" },
  { view: "run", title: "Run" },
] as const;

export function App() {
  const { run, renders, problem, isLoading } = useReport();
  const { view: named, name } = usePlace();
  const view = named || "grid";
  const selection = useSelection(renders);
  const [isHelpOpen, openHelp] = useState(false);
  const [theme, setTheme] = useState(currentTheme());
  const key = run ? (run.key ?? run.out) : null;

  useEffect(() => {
    if (key !== null) picks.open(key);
  }, [key]);
  useEffect(() => {
    document.title = run ? `${run.name} – semstyle` : "semstyle";
  }, [run]);
  const turn = (): void => setTheme(toggleTheme());
  useKeys({
    ...Object.fromEntries(VIEWS.map((known, number) => [String(number + 1), () => go(known.view)])),
    "/": () => { document.getElementById("search")?.focus(); },
    "?": () => openHelp(true), d: turn, r: () => void report.update(),
  });

  return (
    <>
      <a class="skip" href="#main" onClick={(event) => { event.preventDefault(); document.getElementById("main")?.focus(); }}>To the content</a>
      <header class="head">
        <h1 title={run?.out}>{run?.name ?? "semstyle"}</h1>
        <Progress />
        <nav aria-label="Views">
          {VIEWS.map((known, number) => (
            <a key={known.view} href={address(known.view)} aria-current={view === known.view ? "page" : undefined} title={String(number + 1)}>
              {known.title}<Count view={known.view} />
            </a>
          ))}
        </nav>
        <div class="head-end">
          <Waiting />
          {report.isGoing && <button class="plain" title="r" disabled={isLoading} onClick={() => void report.update()}>Update</button>}
          <button class="plain" title="d" aria-label={theme === "dark" ? "Light page" : "Dark page"} onClick={turn}>{theme === "dark" ? "Light" : "Dark"}</button>
          <button class="plain" title="?" aria-label="Keys" onClick={() => openHelp(true)}>?</button>
        </div>
      </header>
      {problem && <p class="problem" role="alert">{run ? `The run could not be read again: ${problem}.` : `There is nothing to show: ${problem}.`}</p>}
      <main id="main" tabIndex={-1}>
        {!run ? <Empty>{problem ? "" : "Loading …"}</Empty>
          : view === "table" ? <TableView renders={renders} selection={selection} />
          : view === "render" ? <RenderView renders={renders} selection={selection} id={name} />
          : view === "compare" ? <CompareView renders={renders} names={name} />
          : view === "failures" ? <FailuresView run={run} />
          : view === "run" ? <RunView run={run} renders={renders} />
          : view === "picks" ? <PicksView run={run} renders={renders} />
          : isLoading && renders.count === 0 ? <Empty>Loading …</Empty>
          : <GridView renders={renders} selection={selection} />}
      </main>
      <Help isOpen={isHelpOpen} close={() => openHelp(false)} />
    </>
  );
}

function Progress() {
  const { run, renders, isGoing } = useReport();
  if (!run) return null;
  const come = run.pages.reduce((sum, page) => sum + page.count, 0);
  const all = come + (run.counts["left"] ?? 0);
  const parts = [
    isGoing ? `${come.toLocaleString("en")} of ${all.toLocaleString("en")}` : `${come.toLocaleString("en")} ${come === 1 ? "render" : "renders"}`,
    isGoing && run.rate ? `${Number(run.rate.toPrecision(3))} a minute` : null,
    isGoing && run.eta_seconds ? `${duration(run.eta_seconds)} left` : null,
    renders.count < come ? `loading ${Math.round((100 * renders.count) / come)} %` : null,
  ];
  return (
    <p class="progress" role="status">
      <span class={`state ${run.state}`}>{run.state}</span> {parts.filter(Boolean).join(" · ")}
    </p>
  );
}

function Count({ view }: { view: string }) {
  const { run } = useReport();
  const marks = usePicks();
  const count = view === "failures" ? (run?.failures?.total ?? run?.counts["failed"] ?? 0) : view === "picks" ? marks.ids("star").length : 0;
  if (count === 0) return null;
  return <span class="nav-count">{view === "picks" && <Star />}{count.toLocaleString("en")}</span>;
}

function Waiting() {
  const { renders } = useReport();
  const compared = useCompared();
  if (compared === null) return null;
  return (
    <span class="chip" role="status">
      <span class="chip-text">Compare <b>{renders.caption(renders.indexOf(compared), [], 3)}</b> with … <kbd>v</kbd></span>
      <button class="chip-close" aria-label="Compare nothing" onClick={forgetComparison}>×</button>
    </span>
  );
}
