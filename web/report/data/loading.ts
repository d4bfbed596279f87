// Data come as scripts, as a page on disk may not fetch files. Each calls semstyleData(kind, number, data) once.

declare global {
  interface Window {
    semstyleData: (kind: string, ...rest: unknown[]) => void;
  }
}

const AT_ONCE = 6;
const received = new WeakMap<HTMLOrSVGScriptElement, unknown>();
const waiting: (() => void)[] = [];
let running = 0;

window.semstyleData = (_kind, ...rest) => {
  if (document.currentScript) received.set(document.currentScript, rest.at(-1));
};

function next(): void {
  if (running >= AT_ONCE) return;
  const start = waiting.shift();
  if (!start) return;
  running += 1;
  start();
}

/** Run the data file at `url`, relative to the page, and return its data. At most six are on their way at once. */
export function load<T>(url: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    waiting.push(() => {
      const script = document.createElement("script");
      const done = (): void => {
        script.remove();
        running -= 1;
        next();
      };
      script.onload = () => {
        const data = received.get(script);
        done();
        if (data === undefined) reject(new Error(`${url} holds no data`));
        else resolve(data as T);
      };
      script.onerror = () => {
        done();
        reject(new Error(`${url} cannot be read`));
      };
      script.src = url;
      document.head.append(script);
    });
    next();
  });
}
