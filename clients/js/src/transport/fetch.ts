import { Aborted, NetworkError, TimedOut } from "../errors/errors.js";
import { MemoryStorage, type Storage } from "../support/storage.js";
import type { Signal } from "../support/abort.js";
import type {
  Download,
  Downloaded,
  FormUpload,
  HttpAnswer,
  HttpRequest,
  LocalFile,
  Transport,
} from "./transport.js";
import { sendByXhr } from "./xhr.js";

/** Browsers, and Node 20 or later. Files are Blobs, and so are downloads. */
export class FetchTransport implements Transport<Blob, Blob> {
  readonly storage: Storage = browserStorage() ?? new MemoryStorage();

  async ready(): Promise<void> {
    // Whoever is offline finds out by the request itself.
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    return this.exchange({ ...request, body: request.body ?? null });
  }

  /** `timeoutMs` is that of each silence. */
  async listen(request: HttpRequest, onText: (text: string) => boolean): Promise<HttpAnswer> {
    return within(request, async (signal, goOn) => {
      const { method, headers } = request;
      const answer = await fetch(request.url, { method, headers, signal });
      const head = { status: answer.status, headers: Object.fromEntries(answer.headers) };
      const isOfEvents = answer.headers.get("content-type")?.startsWith("text/event-stream");
      if (!isOfEvents || answer.body === null) return { ...head, text: await answer.text() };
      const reader = answer.body.getReader();
      const decoder = new TextDecoder();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        goOn();
        if (!onText(decoder.decode(value, { stream: true }))) {
          await reader.cancel();
          break;
        }
      }
      return { ...head, text: "" };
    });
  }

  async open(source: Blob): Promise<LocalFile> {
    return {
      name: (source as { name?: string }).name ?? "blob",
      size: source.size,
      read: (offset, length) => source.slice(offset, offset + length).arrayBuffer(),
    };
  }

  async postForm(form: FormUpload<Blob>): Promise<HttpAnswer> {
    const body = new FormData();
    for (const [name, value] of Object.entries(form.fields)) body.append(name, value);
    body.append("file", form.source);
    return this.exchange({ ...form, method: "POST", headers: {}, body });
  }

  async download(download: Download): Promise<Downloaded<Blob>> {
    return within(download, async (signal) => {
      const answer = await fetch(download.url, { signal });
      if (!answer.ok || answer.body === null) {
        return { status: answer.status, text: await answer.text(), saved: new Blob() };
      }
      const total = Number(answer.headers.get("content-length") ?? 0);
      const blocks: BlobPart[] = [];
      let received = 0;
      const reader = answer.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        blocks.push(value);
        received += value.byteLength;
        download.onReceived?.(received, total);
      }
      const type = answer.headers.get("content-type") ?? "";
      return { status: answer.status, text: "", saved: new Blob(blocks, { type }) };
    });
  }

  /** By XMLHttpRequest where somebody wants to see progress: fetch tells nothing of what it sends. */
  private exchange(request: Exchange): Promise<HttpAnswer> {
    const canTell = request.onSent !== undefined && typeof XMLHttpRequest !== "undefined";
    return within(request, async (signal) => {
      if (canTell) return sendByXhr(request, signal);
      const { method, headers, body } = request;
      const answer = await fetch(request.url, { method, headers, body, signal });
      return {
        status: answer.status,
        headers: Object.fromEntries(answer.headers),
        text: await answer.text(),
      };
    });
  }
}

export interface Exchange {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: XMLHttpRequestBodyInit | null;
  timeoutMs: number;
  signal?: Signal | undefined;
  onSent?: ((bytes: number) => void) | undefined;
}

/** Runs `work` until the caller's signal or the time-out stops it, and names its failure. `goOn` gives it all its time anew. */
async function within<T>(
  limits: { timeoutMs: number; signal?: Signal | undefined; url: string },
  work: (signal: AbortSignal, goOn: () => void) => Promise<T>,
): Promise<T> {
  if (limits.signal?.aborted) throw new Aborted();
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  limits.signal?.addEventListener("abort", abort);
  let timer = setTimeout(abort, limits.timeoutMs);
  const goOn = (): void => {
    clearTimeout(timer);
    timer = setTimeout(abort, limits.timeoutMs);
  };
  try {
    return await work(controller.signal, goOn);
  } catch (error) {
    if (limits.signal?.aborted) throw new Aborted();
    const host = new URL(limits.url).host;
    if (controller.signal.aborted) throw new TimedOut(`${host} did not answer in time.`);
    throw new NetworkError(`${host} could not be reached: ${String(error)}`);
  } finally {
    clearTimeout(timer);
    limits.signal?.removeEventListener("abort", abort);
  }
}

/** Absent in Node, and forbidden in some frames of browsers. */
function browserStorage(): Storage | null {
  try {
    const local = localStorage;
    return {
      get: (key) => local.getItem(key),
      set: (key, value) => local.setItem(key, value),
      remove: (key) => local.removeItem(key),
    };
  } catch {
    return null;
  }
}
