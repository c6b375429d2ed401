import { Api } from "./api.js";
import type { Credentials } from "./auth/credentials.js";
import type { Language } from "./errors/sentences.js";
import { Account, Webhook } from "./resources/account.js";
import { Downloads } from "./resources/downloads.js";
import { Files, Pronunciations, Templates, Voices } from "./resources/library.js";
import { Tasks } from "./resources/tasks.js";
import type { Transport } from "./transport/transport.js";
import { Uploads } from "./uploads/uploads.js";

/** Everything that the API offers, over one transport. */
export class Client<Source, Saved> {
  readonly uploads: Uploads<Source>;
  readonly tasks: Tasks;
  readonly downloads: Downloads<Saved>;
  readonly voices: Voices;
  readonly templates: Templates;
  readonly files: Files;
  readonly pronunciations: Pronunciations;
  readonly account: Account;
  readonly webhook: Webhook;

  constructor(
    transport: Transport<Source, Saved>,
    base: string,
    credentials: Credentials,
    language: (() => Language) | null = null,
  ) {
    const api = new Api(transport, base, credentials, language);
    this.uploads = new Uploads(api, transport);
    this.tasks = new Tasks(api);
    this.downloads = new Downloads(api, transport);
    this.voices = new Voices(api);
    this.templates = new Templates(api);
    this.files = new Files(api);
    this.pronunciations = new Pronunciations(api);
    this.account = new Account(api);
    this.webhook = new Webhook(api);
  }
}

/** `https://api.example.com`, with or without `/` or `/api` at its end, becomes `…/api`. */
export const apiBase = (url: string): string => `${url.replace(/\/+$/, "").replace(/\/api$/, "")}/api`;
