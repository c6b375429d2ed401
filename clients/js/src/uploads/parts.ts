import type { Api } from "../api.js";
import { Conflict, NotFound, StorageError } from "../errors/errors.js";
import { isSuccess, storageError } from "../errors/from_answer.js";
import type { FileInfo, FileKind, Schemas } from "../types.js";
import { retrying } from "../support/retry.js";
import { load, type Storage } from "../support/storage.js";
import type { LocalFile, Transport } from "../transport/transport.js";
import { fingerprint } from "./fingerprint.js";
import { ProgressMeter, transferTimeout } from "./progress.js";
import type { UploadOptions } from "./uploads.js";

type Target = Schemas["PartTarget"];
type Status = Schemas["MultipartStatusResponse"];
type Created = Schemas["MultipartCreatedResponse"];
type Completed = Schemas["MultipartCompletedResponse"];
type Part = Pick<Target, "part_number" | "offset" | "content_length">;

const PARTS_AT_ONCE = 3;
const PATIENCE_MS = 300_000;
/** Rounds in which parts that the server misses are sent again. */
const ROUNDS = 3;

/**
 * One file sent in parts. What has arrived is asked of the server, so all that has to be remembered
 * is the upload's id; it is kept under the file's fingerprint until the file is complete.
 */
export class PartsUpload {
  private readonly meter: ProgressMeter;
  private id = "";
  private partSize = 0;

  private constructor(
    private readonly api: Api,
    private readonly transport: Transport<never, unknown>,
    private readonly kind: FileKind,
    private readonly file: LocalFile,
    private readonly options: UploadOptions,
    private readonly key: string,
  ) {
    this.meter = new ProgressMeter(file.size, options.onProgress);
  }

  static async of(
    api: Api,
    transport: Transport<never, unknown>,
    kind: FileKind,
    file: LocalFile,
    options: UploadOptions,
  ): Promise<PartsUpload> {
    const key = `dh.upload.${api.base}.${kind}.${await fingerprint(file)}`;
    return new PartsUpload(api, transport, kind, file, options, key);
  }

  /** Sends what is missing: everything, or the rest of an upload that was interrupted. */
  async send(): Promise<FileInfo> {
    let missing = (await this.resumed()) ?? (await this.started());
    for (let round = 1; ; round += 1) {
      await this.sendParts(missing);
      try {
        const done = await this.api.post<Completed>(`${this.path()}/complete`, {}, this.options);
        this.storage().remove(this.key);
        return done.file_info;
      } catch (error) {
        const isIncomplete = error instanceof Conflict && error.code === "parts_missing";
        if (!isIncomplete || round === ROUNDS) throw error;
        ({ missing } = await this.api.get<Status>(this.path(), {}, this.options));
      }
    }
  }

  /** Forgets an interrupted upload here and on the server. */
  async discard(): Promise<void> {
    this.id = load<string>(this.storage(), this.key) ?? "";
    this.storage().remove(this.key);
    if (this.id) await this.api.delete(this.path(), this.options);
  }

  private async started(): Promise<number[]> {
    const created = await this.api.post<Created>(
      `/upload/${this.kind}/multipart`,
      {
        filename: this.options.name ?? this.file.name,
        file_size: this.file.size,
        custom_name: this.options.customName,
      },
      this.options,
    );
    this.id = created.upload_id;
    this.partSize = created.part_size;
    this.storage().set(this.key, JSON.stringify(created.upload_id));
    return Array.from({ length: created.part_count }, (_, index) => index + 1);
  }

  /** The parts that an earlier upload of this file lacks; null if there was none. */
  private async resumed(): Promise<number[] | null> {
    this.id = load<string>(this.storage(), this.key) ?? "";
    if (!this.id) return null;
    try {
      const status = await this.api.get<Status>(this.path(), {}, this.options);
      this.partSize = status.part_size;
      for (const part of status.parts) this.meter.report(part.part_number, part.size);
      return status.missing;
    } catch (error) {
      // It was a day ago, or somebody else's.
      if (!(error instanceof NotFound)) throw error;
      this.storage().remove(this.key);
      return null;
    }
  }

  /** Several at once, each from the file and out of memory again. */
  private async sendParts(numbers: number[]): Promise<void> {
    const waiting = [...numbers];
    const work = async (): Promise<void> => {
      for (let number = waiting.shift(); number !== undefined; number = waiting.shift()) {
        await this.sendPart(this.partAt(number));
      }
    };
    try {
      await Promise.all(Array.from({ length: PARTS_AT_ONCE }, work));
    } finally {
      // One failed for good; the others end with the part that they are at.
      waiting.length = 0;
    }
  }

  private partAt(number: number): Part {
    const offset = (number - 1) * this.partSize;
    const content_length = Math.min(this.partSize, this.file.size - offset);
    return { part_number: number, offset, content_length };
  }

  private async sendPart(part: Part): Promise<void> {
    const { part_number, offset, content_length } = part;
    let target = await this.target(part_number);
    const attempt = async (): Promise<void> => {
      const answer = await this.transport.send({
        method: "PUT",
        url: target.url,
        headers: {},
        body: await this.file.read(offset, content_length),
        timeoutMs: transferTimeout(content_length),
        signal: this.options.signal,
        onSent: (bytes) => this.meter.report(part_number, bytes),
      });
      if (!isSuccess(answer.status)) throw storageError(answer);
      this.meter.report(part_number, content_length);
    };
    const how = {
      patienceMs: this.options.patienceMs ?? PATIENCE_MS,
      signal: this.options.signal,
      ready: (signal: UploadOptions["signal"]) => this.transport.ready(signal),
    };
    try {
      await retrying(attempt, how);
    } catch (error) {
      // The address has expired while the phone lay in a pocket.
      if (!(error instanceof StorageError && error.status === 403)) throw error;
      target = await this.target(part_number);
      await retrying(attempt, how);
    }
  }

  private async target(number: number): Promise<Target> {
    const body = { part_numbers: [number] };
    const answer = await this.api.post<Schemas["PartTargetsResponse"]>(
      `${this.path()}/parts`,
      body,
      this.options,
    );
    return answer.parts[0]!;
  }

  private path(): string {
    return `/upload/${this.kind}/multipart/${this.id}`;
  }

  private storage(): Storage {
    return this.transport.storage;
  }
}
