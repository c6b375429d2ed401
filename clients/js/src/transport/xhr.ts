import type { Exchange } from "./fetch.js";
import type { HttpAnswer } from "./transport.js";

/** One request by XMLHttpRequest, which tells how much has been sent. */
export function sendByXhr(request: Exchange, signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open(request.method, request.url);
    for (const [name, value] of Object.entries(request.headers)) xhr.setRequestHeader(name, value);
    xhr.upload.onprogress = (event) => request.onSent?.(event.loaded);
    xhr.onload = () =>
      resolve({ status: xhr.status, headers: parsed(xhr.getAllResponseHeaders()), text: xhr.responseText });
    xhr.onerror = () => reject(new Error("no answer"));
    xhr.onabort = () => reject(new Error("aborted"));
    signal.addEventListener("abort", () => xhr.abort());
    xhr.send(request.body);
  });
}

function parsed(lines: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of lines.split(/\r?\n/)) {
    const colon = line.indexOf(":");
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return headers;
}
