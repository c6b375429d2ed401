/** For WeChat mini-programs. */
import { Api } from "./api.js";
import { GivenCredential } from "./auth/credentials.js";
import { Session, type SignInRoutes } from "./auth/session.js";
import { apiBase, Client } from "./client.js";
import { NetworkError } from "./errors/errors.js";
import type { Language } from "./errors/sentences.js";
import { WxTransport } from "./transport/wx.js";
import type { Wx } from "./transport/wx_api.js";

export * from "./common.js";

declare const wx: Wx;

const LOGIN_TIMEOUT_MS = 10_000;

export interface WxClientOptions {
  /** The server's address: `https://api.example.com`, registered as a request domain. */
  baseUrl: string;
  /** Instead of the global `wx`: for tests. */
  wx?: Wx;
  /** In which the server tells its errors (default: Chinese). */
  language?: () => Language;
}

export interface WxClient extends Client<string, string> {
  session: Session;
}

/** One for the whole app: it counts the transfers, and renews the session in one place. */
export function createClient(options: WxClientOptions): WxClient {
  const platform = options.wx ?? wx;
  const transport = new WxTransport(platform);
  const base = apiBase(options.baseUrl);
  const language = options.language ?? (() => "zh" as const);
  const session = new Session(
    transport.storage,
    `dh.session.${base}`,
    signInRoutes(new Api(transport, base, new GivenCredential(null), language)),
    () => loginCode(platform),
  );
  return Object.assign(new Client(transport, base, session, language), { session });
}

function signInRoutes(api: Api): SignInRoutes {
  // A code and a refresh token work once: an attempt whose answer was lost cannot be repeated.
  const once = { patienceMs: 0 };
  return {
    signIn: (code) => api.post("/auth/wechat", { code }, once),
    refresh: (refresh_token) => api.post("/auth/refresh", { refresh_token }, once),
    signOut: (refresh_token) => api.post("/auth/logout", { refresh_token }),
  };
}

function loginCode(platform: Wx): Promise<string> {
  return new Promise((resolve, reject) =>
    platform.login({
      timeout: LOGIN_TIMEOUT_MS,
      success: ({ code }) => resolve(code),
      fail: ({ errMsg }) => reject(new NetworkError(errMsg ?? "wx.login failed", "sign_in_failed")),
    }),
  );
}
