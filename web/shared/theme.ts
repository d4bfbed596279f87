// Dark or light: as the system has it, or as the reader last chose.
import { recall, remember } from "./memory.ts";

export type Theme = "light" | "dark";
const KEY = "semstyle-theme";

export function isTheme(text: string | null): text is Theme {
  return text === "light" || text === "dark";
}

export function currentTheme(): Theme {
  const chosen = recall(KEY);
  if (isTheme(chosen)) return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/** Show the page in the chosen theme, if one was chosen. */
export function applyTheme(): void {
  const chosen = recall(KEY);
  if (isTheme(chosen)) document.documentElement.dataset["theme"] = chosen;
}

export function toggleTheme(): Theme {
  const theme: Theme = currentTheme() === "dark" ? "light" : "dark";
  remember(KEY, theme);
  applyTheme();
  return theme;
}
