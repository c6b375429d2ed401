import type { Credentials } from "./auth/credentials.js";
import { SignInRequired } from "./errors/errors.js";
import { apiError, bodyOf, isSuccess } from "./errors/from_answer.js";
import type { Language } from "./errors/sentences.js";
import type { Signal } from "./support/abort.js";
import { randomId } from "./support/random.js";
import { retrying } from "./support/retry.js";
import type { HttpAnswer, Method, Transport } from "./transport/transport.js";

const TIMEOUT_MS = 30_000;
const PATIENCE_MS = 60_000;

export interface CallOptions {
  signal?: Signal | undefined;
  /** For how long a bad connection or a busy server is met by another attempt. */
  patienceMs?: number | undefined;
}

export interface CreateOptions extends CallOptions {
  /** The same key and body answer the same task, also after this program was started anew. */
  idempotencyKey?: string | undefined;
}

export type Query = Record<string, string | number | boolean | null | undefined>;

/** JSON over HTTP as this API speaks it: credentials, attempts, errors. */
export class Api {
  constructor(
    private readonly transport: Pick<Transport<never, unknown>, "send" | "ready" | "listen">,
    readonly base: string,
    private readonly credentials: Credentials,
    /** In which the server tells its errors; without it as the platform asks. */
    private readonly language: (() => Language) | null = null,
  ) {}

  get<T>(path: string, query: Query = {}, options: CallOptions = {}): Promise<T> {
    return this.call("GET", path + queryString(query), undefined, {}, options);
  }

  post<T>(path: string, body: object = {}, options: CallOptions = {}): Promise<T> {
    return this.call("POST", path, body, {}, options);
  }

  put<T>(path: string, body: object, options: CallOptions = {}): Promise<T> {
    return this.call("PUT", path, body, {}, options);
  }

  delete<T>(path: string, options: CallOptions = {}): Promise<T> {
    return this.call("DELETE", path, undefined, {}, options);
  }

  /** A request that makes something. Its key makes every further attempt answer the first's task. */
  create<T>(method: "POST" | "PATCH", path: string, body: object, options: CreateOptions): Promise<T> {
    const headers = { "Idempotency-Key": options.idempotencyKey ?? randomId() };
    return this.call(method, path, body, headers, options);
  }

  /**
   * A stream of events, until `onText` says false; null where this runtime cannot listen. One
   * attempt: whoever listens knows what to do without.
   */
  async listen(
    path: string,
    lastEventId: string,
    onText: (text: string) => boolean,
    signal?: Signal,
  ): Promise<HttpAnswer | null> {
    if (this.transport.listen === undefined) return null;
    const credential = await this.credentials.current();
    const headers = {
      Accept: "text/event-stream",
      ...(lastEventId ? { "Last-Event-ID": lastEventId } : {}),
      ...(credential ? { Authorization: `Bearer ${credential}` } : {}),
    };
    const url = `${this.base}${path}`;
    return this.transport.listen({ method: "GET", url, headers, timeoutMs: TIMEOUT_MS, signal }, onText);
  }

  private call<T>(
    method: Method,
    path: string,
    body: object | undefined,
    headers: Record<string, string>,
    options: CallOptions,
  ): Promise<T> {
    const attempt = async (credential: string | null): Promise<HttpAnswer> =>
      this.transport.send({
        method,
        url: `${this.base}${path}`,
        headers: {
          ...headers,
          ...(this.language ? { "Accept-Language": this.language() } : {}),
          ...(body ? { "Content-Type": "application/json" } : {}),
          ...(credential ? { Authorization: `Bearer ${credential}` } : {}),
        },
        body: body && JSON.stringify(body),
        timeoutMs: TIMEOUT_MS,
        signal: options.signal,
      });
    const once = async (): Promise<T> => {
      const credential = await this.credentials.current();
      let answer = await attempt(credential);
      if (answer.status === 401 && apiError(answer) instanceof SignInRequired) {
        if (await this.credentials.renew(credential)) {
          answer = await attempt(await this.credentials.current());
        }
      }
      if (!isSuccess(answer.status)) throw apiError(answer);
      return bodyOf<T>(answer);
    };
    return retrying(once, {
      patienceMs: options.patienceMs ?? PATIENCE_MS,
      signal: options.signal,
      ready: (signal) => this.transport.ready(signal),
    });
  }
}

/** `?a=1&b=2`; absent values are left out. Mini-programs have no URLSearchParams. */
export function queryString(query: Query): string {
  const pairs = Object.entries(query)
    .filter(([, value]) => value !== undefined && value !== null && value !== "")
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return pairs.length > 0 ? `?${pairs.join("&")}` : "";
}

/** One part of an address. */
export const segment = encodeURIComponent;
