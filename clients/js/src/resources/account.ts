import type { Api, CallOptions } from "../api.js";
import type { Schemas } from "../types.js";

export class Account {
  constructor(private readonly api: Api) {}

  /** What tasks used, per day: the last thirty, or those from `from` to `to` (YYYY-MM-DD, UTC). */
  usage(
    period: { from?: string; to?: string } = {},
    options: CallOptions = {},
  ): Promise<Schemas["UsageResponse"]> {
    return this.api.get("/usage", period, options);
  }

  /** Deletes everything of this account; asked again, it says how far that is. */
  deleteEverything(options: CallOptions = {}): Promise<Schemas["AccountDeletionResponse"]> {
    return this.api.post("/account/delete", {}, options);
  }

  deletion(options: CallOptions = {}): Promise<Schemas["AccountDeletionResponse"]> {
    return this.api.get("/account/deletion", {}, options);
  }

  system(options: CallOptions = {}): Promise<Schemas["SystemResponse"]> {
    return this.api.get("/system/status", {}, options);
  }
}

/** For servers: being called when a task has ended (docs/api.md#webhooks). */
export class Webhook {
  constructor(private readonly api: Api) {}

  get(options: CallOptions = {}): Promise<Schemas["WebhookResponse"]> {
    return this.api.get("/webhook", {}, options);
  }

  set(url: string, options: CallOptions = {}): Promise<Schemas["NewSecretResponse"]> {
    return this.api.put("/webhook", { url }, options);
  }

  remove(options: CallOptions = {}): Promise<Schemas["WebhookResponse"]> {
    return this.api.delete("/webhook", options);
  }

  newSecret(options: CallOptions = {}): Promise<Schemas["NewSecretResponse"]> {
    return this.api.post("/webhook/secret", {}, options);
  }
}
