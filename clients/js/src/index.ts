/** For browsers and Node. */
import { GivenCredential } from "./auth/credentials.js";
import { apiBase, Client } from "./client.js";
import type { Language } from "./errors/sentences.js";
import { FetchTransport } from "./transport/fetch.js";

export * from "./common.js";

export interface FetchClientOptions {
  /** The server's address: `https://api.example.com`. */
  baseUrl: string;
  /** An API key or an access token, or a function that gets one; none for an open server. */
  credential?: string | (() => Promise<string>);
  /** In which the server tells its errors; without it the browser's own, and English elsewhere. */
  language?: () => Language;
}

export function createClient(options: FetchClientOptions): Client<Blob, Blob> {
  const credentials = new GivenCredential(options.credential ?? null);
  const base = apiBase(options.baseUrl);
  return new Client(new FetchTransport(), base, credentials, options.language);
}
