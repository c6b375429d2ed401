import { Aborted, Interrupted, NetworkError, StorageError, TimedOut } from "../errors/errors.js";
import type { Signal } from "../support/abort.js";
import type { Storage } from "../support/storage.js";
import { Semaphore } from "./semaphore.js";
import type {
  Download,
  Downloaded,
  FormUpload,
  HttpAnswer,
  HttpRequest,
  LocalFile,
  Transport,
} from "./transport.js";
import { Visibility } from "./visibility.js";
import type { Wx, WxTask } from "./wx_api.js";

/** WeChat runs so many transfers at once and fails those beyond. */
const TRANSFERS_AT_ONCE = 10;
/** What wx.downloadFile takes. */
const MAX_DOWNLOAD_BYTES = 200 * 1024 * 1024;
/** How the API takes a PATCH, which wx.request does not know. */
const PATCH = { method: "POST", header: { "X-HTTP-Method-Override": "PATCH" } };

/** WeChat mini-programs. Files are paths; a download becomes the path of a temporary file. */
export class WxTransport implements Transport<string, string> {
  readonly storage: Storage;
  private readonly visibility: Visibility;
  private readonly transfers = new Semaphore(TRANSFERS_AT_ONCE);

  constructor(private readonly wx: Wx) {
    this.visibility = new Visibility(wx);
    this.storage = {
      // What is absent is "" there.
      get: (key) => (wx.getStorageSync(key) as string | undefined) || null,
      set: (key, value) => wx.setStorageSync(key, value),
      remove: (key) => wx.removeStorageSync(key),
    };
  }

  ready(signal?: Signal): Promise<void> {
    return this.visibility.shown(signal);
  }

  async send(request: HttpRequest): Promise<HttpAnswer> {
    const { method, header } =
      request.method === "PATCH" ? PATCH : { method: request.method, header: {} };
    return this.transfer(request, (resolve, fail) =>
      this.wx.request({
        url: request.url,
        method,
        header: { ...request.headers, ...header },
        data: request.body,
        dataType: "text",
        responseType: "text",
        timeout: request.timeoutMs,
        success: (answer) =>
          resolve({
            status: answer.statusCode,
            headers: lowerCased(answer.header),
            text: typeof answer.data === "string" ? answer.data : JSON.stringify(answer.data),
          }),
        fail,
      }),
    );
  }

  async open(source: string): Promise<LocalFile> {
    const files = this.wx.getFileSystemManager();
    const unreadable = (failure: { errMsg?: string }): StorageError =>
      new StorageError("file_unreadable", failure.errMsg ?? "The file cannot be read.");
    const { size } = await new Promise<{ size: number }>((success, reject) =>
      files.getFileInfo({ filePath: source, success, fail: (failure) => reject(unreadable(failure)) }),
    );
    const read = (position: number, length: number): Promise<ArrayBuffer> =>
      new Promise((resolve, reject) =>
        files.readFile({
          filePath: source,
          position,
          length,
          success: ({ data }) => resolve(data as ArrayBuffer),
          fail: (failure) => reject(unreadable(failure)),
        }),
      );
    return { name: source.split("/").pop() ?? source, size, read };
  }

  async postForm(form: FormUpload<string>): Promise<HttpAnswer> {
    return this.transfer(form, (resolve, fail) => {
      const task = this.wx.uploadFile({
        url: form.url,
        filePath: form.source,
        name: "file",
        formData: form.fields,
        timeout: form.timeoutMs,
        success: ({ statusCode, data }) => resolve({ status: statusCode, headers: {}, text: data }),
        fail,
      });
      task.onProgressUpdate(({ totalBytesSent }) => form.onSent?.(totalBytesSent));
      return task;
    });
  }

  async download(download: Download): Promise<Downloaded<string>> {
    let isTooLarge = false;
    const saving = this.transfer<Downloaded<string>>(download, (resolve, fail) => {
      const task = this.wx.downloadFile({
        url: download.url,
        timeout: download.timeoutMs,
        success: ({ statusCode, tempFilePath }) =>
          resolve({ status: statusCode, text: "", saved: tempFilePath }),
        fail,
      });
      task.onProgressUpdate(({ totalBytesWritten, totalBytesExpectedToWrite }) => {
        if (totalBytesExpectedToWrite > MAX_DOWNLOAD_BYTES) {
          isTooLarge = true;
          task.abort();
        }
        download.onReceived?.(totalBytesWritten, totalBytesExpectedToWrite);
      });
      return task;
    });
    return saving.catch((error: Error) => {
      // WeChat's own refusal, on phones that know the size before the first progress.
      if (!isTooLarge && !/exceed.*size|size.*exceed/i.test(error.message)) throw error;
      throw new StorageError("download_too_large", "wx.downloadFile takes files up to 200 MB.");
    });
  }

  /** One of the ten transfers: started when there is a place, ended by its answer or by the signal. */
  private transfer<T>(
    limits: { signal?: Signal | undefined; url: string },
    start: (resolve: (value: T) => void, fail: (failure: { errMsg?: string }) => void) => WxTask,
  ): Promise<T> {
    return this.transfers.run(async () => {
      if (limits.signal?.aborted) throw new Aborted();
      const wasHidden = this.visibility.watch();
      let abort: () => void = () => undefined;
      try {
        return await new Promise<T>((resolve, reject) => {
          const task = start(resolve, (failure) => {
            reject(wasHidden() ? new Interrupted() : failureOf(failure.errMsg ?? ""));
          });
          abort = () => {
            task.abort();
            reject(new Aborted());
          };
          limits.signal?.addEventListener("abort", abort);
        });
      } finally {
        limits.signal?.removeEventListener("abort", abort);
      }
    });
  }
}

function failureOf(message: string): NetworkError | StorageError {
  if (/not in domain list/i.test(message)) return new StorageError("domain_not_allowed", message);
  if (/time(d )?out/i.test(message)) return new TimedOut(message);
  return new NetworkError(message);
}

function lowerCased(headers: object): Record<string, string> {
  const lower: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) lower[name.toLowerCase()] = String(value);
  return lower;
}
