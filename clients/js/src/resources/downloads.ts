import type { Api, CallOptions } from "../api.js";
import { NetworkError, StorageError } from "../errors/errors.js";
import { isSuccess, storageError } from "../errors/from_answer.js";
import { retrying } from "../support/retry.js";
import type { Schemas } from "../types.js";
import type { Transport } from "../transport/transport.js";

const TIMEOUT_MS = 600_000;
const PATIENCE_MS = 120_000;

export interface DownloadOptions extends CallOptions {
  onProgress?: ((progress: { received: number; total: number }) => void) | undefined;
}

/** Files of results, voices and templates, by the addresses that other answers name. */
export class Downloads<Saved> {
  constructor(
    private readonly api: Api,
    private readonly transport: Transport<never, Saved>,
  ) {}

  /**
   * A signed address for `<video src>`, and when it ends. No credential may go with it.
   *
   * `path` is a `video_url`, `audio_url`, `preview_url`, `poster_url` or `download_url`.
   */
  address(path: string, options: CallOptions = {}): Promise<Schemas["DownloadResponse"]> {
    const [route = "", query] = path.replace(/^\/api(?=\/)/, "").split("?");
    return this.api.get(query ? `${route}?${query}&redirect=false` : `${route}?redirect=false`, {}, options);
  }

  /** Fetches a file: a Blob, or in a mini-program the path of a temporary file. */
  save(path: string, options: DownloadOptions = {}): Promise<Saved> {
    const attempt = async (): Promise<Saved> => {
      // Asked for anew each time, since an address ends after an hour.
      const { url } = await this.address(path, options);
      const answer = await this.transport.download({
        url,
        timeoutMs: TIMEOUT_MS,
        signal: options.signal,
        onReceived: (received, total) => options.onProgress?.({ received, total }),
      });
      if (isSuccess(answer.status)) return answer.saved;
      const error = storageError(answer);
      // An address that a phone's proxy kept, or a clock that is wrong: a fresh one may do.
      if (error instanceof StorageError && answer.status === 403) throw new NetworkError(error.message);
      throw error;
    };
    return retrying(attempt, {
      patienceMs: options.patienceMs ?? PATIENCE_MS,
      signal: options.signal,
      ready: (signal) => this.transport.ready(signal),
    });
  }
}
