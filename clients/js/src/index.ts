/** For browsers and Node. */
import { GivenCredential } from "./auth/credentials.js";
import { apiBase, Client } from "./client.js";
import { FetchTransport } from "./transport/fetch.js";

export * from "./common.js";

export interface FetchClientOptions {
  /** The server's address: `https://api.example.com`. */
  baseUrl: string;
  /** An API key or an access token, or a function that gets one; none for an open server. */
  credential?: string | (() => Promise<string>);
}

export function createClient(options: FetchClientOptions): Client<Blob, Blob> {
  const credentials = new GivenCredential(options.credential ?? null);
  return new Client(new FetchTransport(), apiBase(options.baseUrl), credentials);
}
