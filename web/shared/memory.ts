// What the browser remembers from one visit to the next; where it may not, the page alone remembers it.
const here = new Map<string, string>();

export function recall(key: string): string | null {
  const known = here.get(key);
  if (known !== undefined) return known;
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, text: string): void {
  here.set(key, text);
  try {
    localStorage.setItem(key, text);
  } catch {
    // Storage is full or forbidden.
  }
}
