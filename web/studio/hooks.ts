import { useEffect, useReducer } from "preact/hooks";

interface Changing {
  onChange(listener: () => void): () => void;
}

/** Draw the component again whenever one of these changes. */
export function useChanges(...sources: (Changing | null)[]): void {
  const [, again] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const ends = sources.map((source) => source?.onChange(() => again(undefined)));
    return () => ends.forEach((end) => end?.());
  }, sources);
}

/** Ask for a file of the user's. */
export function chooseFile(accept: string): Promise<File | null> {
  return new Promise((chosen) => {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = accept;
    input.addEventListener("change", () => chosen(input.files?.[0] ?? null));
    input.addEventListener("cancel", () => chosen(null));
    input.click();
  });
}

export function saveFile(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A name that every system takes for a file's. */
export function fileName(name: string): string {
  return name.replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "") || "studio";
}

export const IMAGES = "image/png,image/jpeg,image/webp";
