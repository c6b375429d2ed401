import { SignInRequired } from "../errors/errors.js";
import type { Schemas } from "../types.js";
import { load, type Storage } from "../support/storage.js";
import type { Credentials } from "./credentials.js";

type Tokens = Schemas["TokensResponse"];

export interface SignInRoutes {
  /** Exchanges the code of wx.login. */
  signIn(code: string): Promise<Tokens>;
  refresh(refreshToken: string): Promise<Tokens>;
  signOut(refreshToken: string): Promise<unknown>;
}

interface Kept {
  access_token: string;
  refresh_token: string;
  /** By this phone's clock, which may be wrong: a 401 is what counts. */
  expires_at: number;
}

/** Renewed so long before its end, so that it does not end on the way. */
const MARGIN_MS = 30_000;

/**
 * The session of somebody who signs in by WeChat. It outlives the app in its storage.
 *
 * Nobody is signed in before the server asks for it, so a server without sign-in works too. A
 * refresh token works once: however many requests want a new one, one renewal runs.
 */
export class Session implements Credentials {
  private renewal: Promise<boolean> | null = null;

  constructor(
    private readonly storage: Storage,
    private readonly key: string,
    private readonly routes: SignInRoutes,
    private readonly loginCode: () => Promise<string>,
  ) {}

  async current(): Promise<string | null> {
    const kept = this.kept();
    if (kept && Date.now() > kept.expires_at - MARGIN_MS) await this.renew(kept.access_token);
    return this.kept()?.access_token ?? null;
  }

  renew(refused: string | null): Promise<boolean> {
    const now = this.kept()?.access_token ?? null;
    if (now !== null && now !== refused) return Promise.resolve(true);
    this.renewal ??= this.renewOnce().then(
      () => this.ended(true),
      (error: unknown) => {
        this.ended(false);
        throw error;
      },
    );
    return this.renewal;
  }

  /** Signs in now, if nobody is: to ask for it at a moment that suits the user. */
  async signIn(): Promise<void> {
    if (this.kept() === null) await this.renew(null);
  }

  /** Ends the session here and on the server. */
  async signOut(): Promise<void> {
    const kept = this.kept();
    this.storage.remove(this.key);
    if (kept) await this.routes.signOut(kept.refresh_token);
  }

  private async renewOnce(): Promise<void> {
    const kept = this.kept();
    if (kept !== null) {
      try {
        this.keep(await this.routes.refresh(kept.refresh_token));
        return;
      } catch (error) {
        if (!(error instanceof SignInRequired)) throw error;
        // Expired, ended, or used by a request whose answer was lost: sign in anew.
        this.storage.remove(this.key);
      }
    }
    this.keep(await this.signInByCode());
  }

  private async signInByCode(): Promise<Tokens> {
    try {
      return await this.routes.signIn(await this.loginCode());
    } catch (error) {
      // A code works once, for five minutes; the next is as good as the first.
      if (!(error instanceof SignInRequired)) throw error;
      return this.routes.signIn(await this.loginCode());
    }
  }

  private kept(): Kept | null {
    return load<Kept>(this.storage, this.key);
  }

  private keep(tokens: Tokens): void {
    const { access_token, refresh_token, expires_in } = tokens;
    const kept: Kept = { access_token, refresh_token, expires_at: Date.now() + expires_in * 1000 };
    this.storage.set(this.key, JSON.stringify(kept));
  }

  private ended(isRenewed: boolean): boolean {
    this.renewal = null;
    return isRenewed;
  }
}
