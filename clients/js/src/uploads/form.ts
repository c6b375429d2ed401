import type { Api } from "../api.js";
import { StorageError } from "../errors/errors.js";
import { isSuccess, storageError } from "../errors/from_answer.js";
import type { FileInfo, FileKind, Schemas } from "../types.js";
import { retrying } from "../support/retry.js";
import type { LocalFile, Transport } from "../transport/transport.js";
import { ProgressMeter, transferTimeout } from "./progress.js";
import type { UploadOptions } from "./uploads.js";

const PATIENCE_MS = 120_000;

/** Sends a whole file by presigned POST; a connection that breaks sends it again. */
export async function sendByForm<Source>(
  api: Api,
  transport: Transport<Source, unknown>,
  kind: FileKind,
  source: Source,
  file: LocalFile,
  options: UploadOptions,
): Promise<FileInfo> {
  const meter = new ProgressMeter(file.size, options.onProgress);
  const register = (): Promise<Schemas["UploadedResponse"]> =>
    api.post(
      `/upload/${kind}`,
      { filename: options.name ?? file.name, file_size: file.size, custom_name: options.customName },
      options,
    );
  let { file_info, upload } = await register();
  const send = async (): Promise<FileInfo> => {
    if (!upload) return file_info;
    const answer = await transport.postForm({
      url: upload.url,
      fields: upload.fields,
      source,
      timeoutMs: transferTimeout(file.size),
      signal: options.signal,
      // The form around the file counts too.
      onSent: (bytes) => meter.report(0, Math.min(bytes, file.size)),
    });
    if (!isSuccess(answer.status)) throw storageError(answer);
    meter.report(0, file.size);
    return file_info;
  };
  const how = {
    patienceMs: options.patienceMs ?? PATIENCE_MS,
    signal: options.signal,
    ready: (signal: UploadOptions["signal"]) => transport.ready(signal),
  };
  try {
    return await retrying(send, how);
  } catch (error) {
    // The address has expired while the phone lay in a pocket.
    if (!(error instanceof StorageError && error.status === 403)) throw error;
    ({ file_info, upload } = await register());
    return retrying(send, how);
  }
}
