/** The parts of WeChat's `wx` that this client uses, as its documentation describes them. */

interface Callbacks<Result> {
  success(result: Result): void;
  fail(failure: { errMsg?: string }): void;
}

export interface WxTask {
  abort(): void;
}

export interface WxUploadTask extends WxTask {
  onProgressUpdate(listener: (progress: { totalBytesSent: number }) => void): void;
}

export interface WxDownloadTask extends WxTask {
  onProgressUpdate(
    listener: (progress: { totalBytesWritten: number; totalBytesExpectedToWrite: number }) => void,
  ): void;
}

export interface WxRequest extends Callbacks<{ statusCode: number; data: unknown; header: object }> {
  url: string;
  method: string;
  header: Record<string, string>;
  data?: string | ArrayBuffer | undefined;
  /** Anything but "json" leaves the answer as it came. */
  dataType: string;
  responseType: "text";
  timeout: number;
}

export interface WxUpload extends Callbacks<{ statusCode: number; data: string }> {
  url: string;
  filePath: string;
  name: string;
  formData: Record<string, string>;
  timeout: number;
}

export interface WxDownload extends Callbacks<{ statusCode: number; tempFilePath: string }> {
  url: string;
  timeout: number;
}

export interface WxFiles {
  getFileInfo(options: { filePath: string } & Callbacks<{ size: number }>): void;
  readFile(
    options: { filePath: string; position: number; length: number } & Callbacks<{
      data: string | ArrayBuffer;
    }>,
  ): void;
}

export interface Wx {
  request(options: WxRequest): WxTask;
  uploadFile(options: WxUpload): WxUploadTask;
  downloadFile(options: WxDownload): WxDownloadTask;
  login(options: { timeout: number } & Callbacks<{ code: string }>): void;
  getFileSystemManager(): WxFiles;
  getStorageSync(key: string): unknown;
  setStorageSync(key: string, value: string): void;
  removeStorageSync(key: string): void;
  onAppShow(listener: () => void): void;
  onAppHide(listener: () => void): void;
}
