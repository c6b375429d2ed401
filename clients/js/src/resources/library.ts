import type { Api, CallOptions, CreateOptions } from "../api.js";
import { segment } from "../api.js";
import type { FileKind, Schemas } from "../types.js";
import type { Page } from "./tasks.js";

/** Saved voices, and the built-in ones. */
export class Voices {
  constructor(private readonly api: Api) {}

  list(page: Page = {}, options: CallOptions = {}): Promise<Schemas["VoicesResponse"]> {
    return this.api.get("/voices", page, options);
  }

  async get(voiceId: string, options: CallOptions = {}): Promise<Schemas["Voice"]> {
    const path = `/voices/${segment(voiceId)}`;
    return (await this.api.get<Schemas["VoiceResponse"]>(path, {}, options)).voice;
  }

  /** Saves a voice; it can be used when the task that this answers is completed. */
  save(
    body: Schemas["VoiceProfileRequest"],
    options: CreateOptions = {},
  ): Promise<Schemas["VoiceTaskResponse"]> {
    return this.api.create("POST", "/voices", body, options);
  }

  remove(voiceId: string, options: CallOptions = {}): Promise<Schemas["VoiceDeletedResponse"]> {
    return this.api.delete(`/voices/${segment(voiceId)}`, options);
  }
}

/** People cut out of a photo; `tasks.template` makes them, `tasks.compose` lets them speak. */
export class Templates {
  constructor(private readonly api: Api) {}

  list(page: Page = {}, options: CallOptions = {}): Promise<Schemas["TemplatesResponse"]> {
    return this.api.get("/templates/list", page, options);
  }

  async get(templateId: string, options: CallOptions = {}): Promise<Schemas["TemplateDetail"]> {
    const path = `/templates/${segment(templateId)}`;
    return (await this.api.get<Schemas["TemplateResponse"]>(path, {}, options)).template;
  }

  /** Changes what is named; the new one takes its place when the task is completed. */
  edit(
    templateId: string,
    changes: Schemas["TemplateEditRequest"],
    options: CreateOptions = {},
  ): Promise<Schemas["TemplateTaskResponse"]> {
    return this.api.create("PATCH", `/templates/${segment(templateId)}`, changes, options);
  }

  remove(
    templateId: string,
    options: CallOptions = {},
  ): Promise<Schemas["TemplateDeletedResponse"]> {
    return this.api.delete(`/templates/${segment(templateId)}`, options);
  }
}

/** What was uploaded. */
export class Files {
  constructor(private readonly api: Api) {}

  list(
    filter: Page & { type?: FileKind } = {},
    options: CallOptions = {},
  ): Promise<Schemas["FilesResponse"]> {
    return this.api.get("/files/list", filter, options);
  }

  /** Whether an upload may be used (`status`), or why not (`error_code`). */
  state(
    kind: FileKind,
    filename: string,
    options: CallOptions = {},
  ): Promise<Schemas["FileResponse"]> {
    return this.api.get(`/files/${kind}/${segment(filename)}`, {}, options);
  }

  remove(
    kind: FileKind,
    filename: string,
    options: CallOptions = {},
  ): Promise<Schemas["FileDeletedResponse"]> {
    return this.api.delete(`/files/${kind}/${segment(filename)}`, options);
  }
}

/** How this account's words are read, in every task that speaks. */
export class Pronunciations {
  constructor(private readonly api: Api) {}

  list(options: CallOptions = {}): Promise<Schemas["PronunciationsResponse"]> {
    return this.api.get("/pronunciations", {}, options);
  }

  /** `reading`: pinyin with tones 1 to 5; for a Latin word also a text to read instead. */
  set(
    word: string,
    reading: string,
    options: CallOptions = {},
  ): Promise<Schemas["PronunciationResponse"]> {
    return this.api.put(`/pronunciations/${segment(word)}`, { reading }, options);
  }

  remove(
    word: string,
    options: CallOptions = {},
  ): Promise<Schemas["PronunciationDeletedResponse"]> {
    return this.api.delete(`/pronunciations/${segment(word)}`, options);
  }

  /** Sets all words at once; those left out are read as usual again. */
  replace(
    pronunciations: Record<string, string>,
    options: CallOptions = {},
  ): Promise<Schemas["PronunciationsResponse"]> {
    return this.api.put("/pronunciations", { pronunciations }, options);
  }
}
