/**
 * What this client throws. Programs go by the class or by `code`, people read `sentence()`.
 *
 *     DigitalHumanError
 *     ├─ ApiError            an answer of the API that is no success
 *     │  ├─ InvalidRequest 400   ├─ SignInRequired 401   ├─ Forbidden 403   ├─ NotFound 404
 *     │  ├─ Conflict 409         ├─ TooLarge 413         ├─ TooManyRequests 429
 *     │  └─ ServerError 5xx
 *     ├─ NetworkError        no answer, or none of ours
 *     │  ├─ TimedOut
 *     │  └─ Interrupted      the mini-program was in the background
 *     ├─ StorageError        the bucket refused an upload or a download
 *     ├─ TaskFailed, TaskCancelled
 *     └─ Aborted             by the signal that the caller gave
 */
import type { FieldProblem } from "../types.js";
import { sentenceFor, type Language } from "./sentences.js";

export class DigitalHumanError extends Error {
  constructor(
    /** Stable; docs/errors.md lists those of the API. */
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = new.target.name;
  }

  /** What to show to the user: what went wrong, and what to do. */
  sentence(language: Language = "zh"): string {
    return sentenceFor(this.code, this.message, language);
  }
}

/** What an answer of the API says beside its code and its sentence. */
export interface AboutAnswer {
  status: number;
  /** Names the request in the server's log. */
  requestId: string;
  retryAfterSeconds: number | null;
  /** Every wrong field of the request. */
  details: FieldProblem[];
  /** Whether the same request may succeed later. */
  retryable: boolean;
  docsUrl: string;
  /** Of the sentence; null where a gateway answered. */
  language: Language | null;
}

export class ApiError extends DigitalHumanError {
  readonly status: number;
  readonly requestId: string;
  readonly retryAfterSeconds: number | null;
  readonly details: FieldProblem[];
  readonly retryable: boolean;
  readonly docsUrl: string;
  private readonly language: Language | null;

  constructor(code: string, message: string, about: AboutAnswer) {
    super(code, message);
    this.status = about.status;
    this.requestId = about.requestId;
    this.retryAfterSeconds = about.retryAfterSeconds;
    this.details = about.details;
    this.retryable = about.retryable;
    this.docsUrl = about.docsUrl;
    this.language = about.language;
  }

  /** The server's own words, which name the field, where it spoke this language. */
  override sentence(language: Language = "zh"): string {
    return this.language === language ? this.message : super.sentence(language);
  }
}

export class InvalidRequest extends ApiError {}
export class SignInRequired extends ApiError {}
export class Forbidden extends ApiError {}
export class NotFound extends ApiError {}
export class Conflict extends ApiError {}
export class TooLarge extends ApiError {}
export class TooManyRequests extends ApiError {}
export class ServerError extends ApiError {}

export class NetworkError extends DigitalHumanError {
  constructor(message: string, code = "network_failed") {
    super(code, message);
  }
}

export class TimedOut extends NetworkError {
  constructor(message: string) {
    super(message, "timed_out");
  }
}

export class Interrupted extends NetworkError {
  constructor() {
    super("The request was cut while the app was in the background.", "interrupted");
  }
}

/** A refusal that is no answer of the API: by the bucket, the phone or WeChat. */
export class StorageError extends DigitalHumanError {
  constructor(
    code: string,
    message: string,
    readonly status = 0,
  ) {
    super(code, message);
  }
}

export class TaskFailed extends DigitalHumanError {
  constructor(
    readonly taskId: string,
    code: string,
    message: string,
  ) {
    super(code, message);
  }
}

export class TaskCancelled extends DigitalHumanError {
  constructor(readonly taskId: string) {
    super("task_cancelled", "The task was cancelled.");
  }
}

export class Aborted extends DigitalHumanError {
  constructor() {
    super("aborted", "The request was aborted.");
  }
}
