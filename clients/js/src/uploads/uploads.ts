import type { Api, CallOptions } from "../api.js";
import type { FileInfo, FileKind, Schemas } from "../types.js";
import type { Transport } from "../transport/transport.js";
import { sendByForm } from "./form.js";
import { PartsUpload } from "./parts.js";
import type { OnProgress } from "./progress.js";

/** From here on a file goes in parts, so that a broken connection costs 5 MB at most. */
const PARTS_FROM_BYTES = 10 * 1024 * 1024;

export interface UploadOptions extends CallOptions {
  onProgress?: OnProgress | undefined;
  /** Your own name for the file; its ending counts. Default: that of the file. */
  name?: string | undefined;
  /** Becomes part of the name under which the server stores it. */
  customName?: string | undefined;
}

/** Files go straight to the bucket: whole by presigned POST, big ones in parts. */
export class Uploads<Source> {
  constructor(
    private readonly api: Api,
    private readonly transport: Transport<Source, unknown>,
  ) {}

  /**
   * Sends a file; tasks name it by the `filename` of what this answers.
   *
   * An interrupted upload of a big file goes on where it was when the same file is sent again,
   * within a day and also after the app was closed.
   */
  async send(kind: FileKind, source: Source, options: UploadOptions = {}): Promise<FileInfo> {
    const file = await this.transport.open(source);
    if (kind !== "image" && file.size >= PARTS_FROM_BYTES) {
      const upload = await PartsUpload.of(this.api, this.transport, kind, file, options);
      return upload.send();
    }
    return sendByForm(this.api, this.transport, kind, source, file, options);
  }

  /** Has the server fetch a file from its public https address; tasks may name it at once. */
  async fromUrl(kind: FileKind, url: string, options: UploadOptions = {}): Promise<FileInfo> {
    const body = { url, custom_name: options.customName };
    const answer: Schemas["UploadedResponse"] = await this.api.post(
      `/upload/${kind}/from-url`,
      body,
      options,
    );
    return answer.file_info;
  }

  /** Gives up an interrupted upload: its parts are deleted at once instead of after a day. */
  async discard(kind: FileKind, source: Source, options: CallOptions = {}): Promise<void> {
    const file = await this.transport.open(source);
    await (await PartsUpload.of(this.api, this.transport, kind, file, options)).discard();
  }
}
