// What the page asks the studio for. Its token came behind the # of the address, which no browser sends anywhere.
const KEY = "semstyle-studio-token";

export class Refused extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

let token = "";

/** Take the token and a session's id out of the address, so that neither stays in the history. */
export function enter(): string | null {
  const given = new URLSearchParams(location.hash.slice(1));
  token = given.get("token") ?? localStorage.getItem(KEY) ?? "";
  if (token) localStorage.setItem(KEY, token);
  const session = given.get("session");
  if (given.has("token")) history.replaceState(null, "", session ? `#session=${session}` : location.pathname);
  return session;
}

export async function ask(method: string, path: string, body?: BodyInit | object, signal?: AbortSignal): Promise<Response> {
  const isRaw = body === undefined || body instanceof Blob || body instanceof Uint8Array;
  const headers: Record<string, string> = { authorization: `Bearer ${token}` };
  if (!isRaw) headers["content-type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(`/api${path}`, {
      method,
      headers,
      body: isRaw ? (body as BodyInit | undefined) : JSON.stringify(body),
      signal: signal ?? null,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refused("the studio does not answer; is it still running?", 0);
  }
  if (!answer.ok) {
    const told = (await answer.json().catch(() => ({}))) as { error?: string };
    throw new Refused(told.error ?? `the studio answered ${answer.status}`, answer.status);
  }
  return answer;
}

export async function askJson<Answer>(method: string, path: string, body?: BodyInit | object): Promise<Answer> {
  return (await (await ask(method, path, body)).json()) as Answer;
}

/** Read server-sent events until the signal says stop; after a break it connects again. */
export async function listen(
  path: string,
  signal: AbortSignal,
  heard: (data: unknown) => void,
  connected: (is: boolean) => void,
): Promise<void> {
  for (let pause = 500; !signal.aborted; pause = Math.min(2 * pause, 8000)) {
    try {
      const answer = await ask("GET", path, undefined, signal);
      connected(true);
      pause = 500;
      const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ""; ; ) {
        const { done, value } = await reader.read();
        if (done) break;
        text += value;
        const parts = text.split("\n\n");
        text = parts.pop() ?? "";
        for (const part of parts) if (part.startsWith("data: ")) heard(JSON.parse(part.slice(6)));
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof Refused && error.status === 404) return;
    }
    if (signal.aborted) return;
    connected(false);
    await new Promise((wake) => setTimeout(wake, pause));
  }
}

export function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function through(data: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array<ArrayBuffer>> {
  const readable = new Blob([data]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(readable).arrayBuffer());
}

/** A layer's pixels as the studio stores them: width and height, then the labels, deflated. */
export async function packed(labels: Uint8Array<ArrayBuffer>, width: number, height: number): Promise<Uint8Array<ArrayBuffer>> {
  const body = await through(labels, new CompressionStream("deflate"));
  const file = new Uint8Array(8 + body.length);
  const header = new DataView(file.buffer);
  header.setUint32(0, width, true);
  header.setUint32(4, height, true);
  file.set(body, 8);
  return file;
}

export async function unpacked(file: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>> {
  return through(new Uint8Array(file, 8), new DecompressionStream("deflate"));
}
