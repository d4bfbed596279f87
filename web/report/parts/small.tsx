// Small parts that many views have.
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { usePicks } from "../picks/picks.ts";

export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const [state, setState] = useState<"" | "copied" | "failed">("");
  const copy = async (): Promise<void> => {
    setState((await copied(text)) ? "copied" : "failed");
    setTimeout(() => setState(""), 2000);
  };
  return (
    <button onClick={() => void copy()} aria-live="polite">
      {state === "copied" ? "Copied" : state === "failed" ? "Select and copy it" : label}
    </button>
  );
}

async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "visually-hidden";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy"); // for pages over http, which have no clipboard
    area.remove();
    return done;
  }
}

export function PickButtons({ id, small = false }: { id: string; small?: boolean }) {
  const marks = usePicks();
  const mark = marks.of(id);
  return (
    <span class={small ? "picks small" : "picks"} role="group" aria-label="Your pick">
      <button class="pick-star" aria-pressed={mark === "star"} title="Star (p)" onClick={() => marks.toggle(id, "star")}>
        <Star /> <span class={small ? "visually-hidden" : ""}>Star</span>
      </button>
      <button class="pick-reject" aria-pressed={mark === "reject"} title="Reject (x)" onClick={() => marks.toggle(id, "reject")}>
        <Cross /> <span class={small ? "visually-hidden" : ""}>Reject</span>
      </button>
    </span>
  );
}

export function Star() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M8 1.6l1.9 4.1 4.5.5-3.3 3 .9 4.4L8 11.4l-4 2.2.9-4.4-3.3-3 4.5-.5z" />
    </svg>
  );
}

export function Cross() {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d="M3 3l10 10M13 3L3 13" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" />
    </svg>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <div class="empty">{children}</div>;
}

interface ChoiceProps {
  label: string;
  value: string;
  options: { value: string; title: string; group?: string }[];
  onChange: (value: string) => void;
}

export function Choice({ label, value, options, onChange }: ChoiceProps) {
  const groups = [...new Set(options.map((option) => option.group ?? ""))];
  const draw = (option: { value: string; title: string }) => (
    <option key={option.value} value={option.value} selected={option.value === value}>{option.title}</option>
  );
  return (
    <label class="choice">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {groups.map((group) => {
          const own = options.filter((option) => (option.group ?? "") === group);
          return group ? <optgroup key={group} label={group}>{own.map(draw)}</optgroup> : own.map(draw);
        })}
      </select>
    </label>
  );
}

const GROUP_TITLES: Record<string, string> = {
  parameter: "Parameters", tag: "Tags", input: "Inputs", metric: "Metrics", loss: "Losses", time: "Times", other: "Other",
};

export function groupTitle(group: string): string {
  return GROUP_TITLES[group] ?? group;
}
