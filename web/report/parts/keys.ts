// Single keys do what buttons do. They rest while one types, and can be switched off.
import { useLayoutEffect, useRef } from "preact/hooks";
import { recall, remember } from "../../shared/memory.ts";

const KEY = "semstyle-single-keys";

export function areKeysOn(): boolean {
  return recall(KEY) !== "off";
}

export function setKeysOn(isOn: boolean): void {
  remember(KEY, isOn ? "on" : "off");
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

export function isMeant(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  if (document.querySelector("dialog[open]")) return false;
  return !isTyping(event.target) && (areKeysOn() || event.key.length > 1);
}

/** Do `actions[key]` when the key is pressed. An action that returns false leaves the key to the browser. */
export function useKeys(actions: Record<string, () => void | false>): void {
  const current = useRef(actions);
  current.current = actions;
  useLayoutEffect(() => {
    const listener = (event: KeyboardEvent): void => {
      const action = isMeant(event) ? current.current[event.key] : undefined;
      if (action && action() !== false) event.preventDefault();
    };
    addEventListener("keydown", listener);
    return () => removeEventListener("keydown", listener);
  }, []);
}

/** Tell which of `keys` is held down, and null when none is any more. */
export function useHeld(keys: readonly string[], tell: (key: string | null) => void): void {
  useLayoutEffect(() => {
    let held: string | null = null;
    const change = (key: string | null): void => {
      held = key;
      tell(key);
    };
    const down = (event: KeyboardEvent): void => {
      if (isMeant(event) && keys.includes(event.key) && held !== event.key) change(event.key);
    };
    const up = (event: KeyboardEvent): void => {
      if (held !== null && event.key.toLowerCase() === held.toLowerCase()) change(null);
    };
    const leave = (): void => {
      if (held !== null) change(null);
    };
    addEventListener("keydown", down);
    addEventListener("keyup", up);
    addEventListener("blur", leave);
    return () => {
      removeEventListener("keydown", down);
      removeEventListener("keyup", up);
      removeEventListener("blur", leave);
    };
  }, [keys.join()]);
}
