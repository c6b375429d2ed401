/** What requests prove who they come from with. */
export interface Credentials {
  /** The credential of the moment; null asks as nobody. */
  current(): Promise<string | null>;
  /** After an answer 401 to `refused`: whether there is another credential to ask with. */
  renew(refused: string | null): Promise<boolean>;
}

/** An API key or an access token, or a function that gets one: it is asked again after a 401. */
export class GivenCredential implements Credentials {
  private known: string | null = null;

  constructor(private readonly source: string | (() => Promise<string>) | null) {}

  async current(): Promise<string | null> {
    if (typeof this.source !== "function") return this.source;
    this.known ??= await this.source();
    return this.known;
  }

  async renew(refused: string | null): Promise<boolean> {
    if (typeof this.source !== "function") return false;
    if (this.known === refused) this.known = null;
    return (await this.current()) !== refused;
  }
}
