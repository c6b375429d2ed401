import type { HttpAnswer } from "../transport/transport.js";
import type { Problem } from "../types.js";
import type { Language } from "./sentences.js";
import {
  ApiError,
  Conflict,
  Forbidden,
  InvalidRequest,
  NetworkError,
  NotFound,
  ServerError,
  SignInRequired,
  StorageError,
  TooLarge,
  TooManyRequests,
  type DigitalHumanError,
} from "./errors.js";

const BY_STATUS: Record<number, typeof ApiError> = {
  400: InvalidRequest,
  401: SignInRequired,
  403: Forbidden,
  404: NotFound,
  409: Conflict,
  413: TooLarge,
  429: TooManyRequests,
};

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;

/** The exception for an answer of the API that is no success. */
export function apiError(answer: HttpAnswer): ApiError | NetworkError {
  const problem = json(answer.text) as Partial<Problem> | null;
  // A gateway answers 429 and 5xx with bodies of its own; everything else is the API's or nobody's.
  const isGateways = answer.status === 429 || answer.status >= 500;
  if (!problem?.code && !isGateways) return unexpected(answer);
  const kind = BY_STATUS[answer.status] ?? (answer.status >= 500 ? ServerError : ApiError);
  const byGateway = answer.status === 429 ? "too_many_requests" : "service_unavailable";
  return new kind(
    problem?.code ?? byGateway,
    problem?.error ?? `The server answered ${answer.status}.`,
    {
      status: answer.status,
      requestId: problem?.request_id ?? answer.headers["x-request-id"] ?? "",
      retryAfterSeconds: seconds(answer.headers["retry-after"]),
      details: problem?.details ?? [],
      retryable: problem?.retryable ?? isGateways,
      docsUrl: problem?.docs_url ?? "",
      language: languageOf(answer.headers["content-language"]),
    },
  );
}

/** The body of a success; NetworkError for what is no answer of ours, such as a hotel's Wi-Fi page. */
export function bodyOf<T>(answer: HttpAnswer): T {
  const body = json(answer.text);
  if (body === null) throw unexpected(answer);
  return body as T;
}

const BY_S3_CODE: Record<string, string> = {
  EntityTooLarge: "file_too_large",
  EntityTooSmall: "empty_file",
  NoSuchUpload: "upload_not_found",
};

/** The exception for an answer of the bucket that is no success; it writes XML. */
export function storageError(answer: { status: number; text: string }): DigitalHumanError {
  const code = /<Code>(\w+)<\/Code>/.exec(answer.text)?.[1] ?? "";
  const says = `The storage answered ${answer.status} ${code}`.trim() + ".";
  if (answer.status >= 500 || answer.status === 408 || code === "RequestTimeout") {
    return new NetworkError(says);
  }
  return new StorageError(BY_S3_CODE[code] ?? "storage_refused", says, answer.status);
}

const languageOf = (header = ""): Language | null => (header === "zh" || header === "en" ? header : null);

function unexpected(answer: HttpAnswer): NetworkError {
  return new NetworkError(`The answer (${answer.status}) is not the API's.`, "unexpected_answer");
}

function json(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

function seconds(header: string | undefined): number | null {
  const value = Number(header);
  return header && Number.isFinite(value) ? value : null;
}
