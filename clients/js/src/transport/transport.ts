import type { Signal } from "../support/abort.js";
import type { Storage } from "../support/storage.js";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface HttpRequest {
  method: Method;
  url: string;
  headers: Record<string, string>;
  body?: string | ArrayBuffer | undefined;
  timeoutMs: number;
  signal?: Signal | undefined;
  /** Called with the bytes sent so far, where the runtime tells. */
  onSent?: ((bytes: number) => void) | undefined;
}

export interface HttpAnswer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  text: string;
}

/** A file of the user's, opened: the whole is never read into memory. */
export interface LocalFile {
  name: string;
  size: number;
  read(offset: number, length: number): Promise<ArrayBuffer>;
}

export interface FormUpload<Source> {
  url: string;
  /** Sent before the file, as S3 asks. */
  fields: Record<string, string>;
  source: Source;
  timeoutMs: number;
  signal?: Signal | undefined;
  onSent?: ((bytes: number) => void) | undefined;
}

export interface Download {
  url: string;
  timeoutMs: number;
  signal?: Signal | undefined;
  onReceived?: ((bytes: number, total: number) => void) | undefined;
}

export interface Downloaded<Saved> {
  status: number;
  /** What the server said, where that was no success. */
  text: string;
  saved: Saved;
}

/**
 * How requests leave this runtime. `Source` is what names a file of the user's (a Blob, a path),
 * `Saved` what a download becomes.
 *
 * Answers of every status resolve. Rejections are NetworkError, StorageError or Aborted.
 */
export interface Transport<Source, Saved> {
  readonly storage: Storage;
  /** Resolves when requests may be sent. */
  ready(signal?: Signal): Promise<void>;
  send(request: HttpRequest): Promise<HttpAnswer>;
  /**
   * Shows an answer as it comes, until `onText` says false. Only where the runtime can; what is no
   * stream of events is read whole, into the answer's `text`.
   */
  listen?(request: HttpRequest, onText: (text: string) => boolean): Promise<HttpAnswer>;
  open(source: Source): Promise<LocalFile>;
  postForm(form: FormUpload<Source>): Promise<HttpAnswer>;
  download(download: Download): Promise<Downloaded<Saved>>;
}
