import { segment, type Api, type CallOptions } from "../api.js";
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

  /** A token of the API key that this client has, for one that must not hold it. */
  token(
    body: Schemas["TokenRequest"] = {},
    options: CallOptions = {},
  ): Promise<Schemas["TokenResponse"]> {
    return this.api.post("/tokens", body, options);
  }

  keys(options: CallOptions = {}): Promise<Schemas["KeysResponse"]> {
    return this.api.get("/keys", {}, options);
  }

  /** A new key in place of the one that this client has, which stays good for the grace. */
  rotateKey(
    body: Schemas["RotateKeyRequest"] = {},
    options: CallOptions = {},
  ): Promise<Schemas["NewKeyResponse"]> {
    return this.api.post("/keys/rotate", body, options);
  }

  revokeKey(keyId: string, options: CallOptions = {}): Promise<Schemas["KeyRevokedResponse"]> {
    return this.api.delete(`/keys/${segment(keyId)}`, options);
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

  /** `events`: of which ends it is told (default: of every one). */
  set(
    url: string,
    options: CallOptions & { events?: ("completed" | "failed" | "cancelled")[] } = {},
  ): Promise<Schemas["NewSecretResponse"]> {
    const { events } = options;
    return this.api.put("/webhook", { url, ...(events ? { events } : {}) }, options);
  }

  /** Calls the server at once, and tells what it answered. */
  test(url?: string, options: CallOptions = {}): Promise<Schemas["WebhookTestResponse"]> {
    return this.api.post("/webhook/test", url ? { url } : {}, options);
  }

  /** Calls for an ended task once more, within a minute. */
  redeliver(taskId: string, options: CallOptions = {}): Promise<Schemas["DeliveriesResponse"]> {
    return this.api.post(`/tasks/${segment(taskId)}/deliveries/redeliver`, {}, options);
  }

  remove(options: CallOptions = {}): Promise<Schemas["WebhookResponse"]> {
    return this.api.delete("/webhook", options);
  }

  newSecret(options: CallOptions = {}): Promise<Schemas["NewSecretResponse"]> {
    return this.api.post("/webhook/secret", {}, options);
  }
}
