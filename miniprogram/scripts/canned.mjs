// A server that says what it is told, for pictures: every state of a page at once, without waiting.
import { createReadStream, existsSync } from "node:fs";
import http from "node:http";
import { fileURLToPath } from "node:url";

const file = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
/** What `make setup` and `make demo` leave: the sample person, and their video. */
export const PERSON = file(".weights/astronaut.png");
const FILM = file("out/demo.mp4");
const FILES = { film: [FILM, "video/mp4"], person: [PERSON, "image/png"] };

/** The file that an address of this server is of, or the path itself. */
export const placeOf = (address) => FILES[address.split("/files/")[1]]?.[0] ?? address;

const VOICES = [["晓北", "female"], ["晓晓", "female"], ["晓伊", "female"], ["云健", "male"], ["云希", "male"], ["云夏", "male"], ["云扬", "male"]];
const WORDS = "大家 好 我 是 小林 银行 今天 推出 了 新 的 服务 您 可以 行走 在 街头 随时 随地 重新 办理 业务".split(" ");
const PINYIN = "da4 jia1,hao3,wo3,shi4,xiao3 lin2,yin2 hang2,jin1 tian1,tui1 chu1,le5,xin1,de5,fu2 wu4,nin2,ke2 yi3,xing2 zou3,zai4,jie1 tou2,sui2 shi2,sui2 di4,chong2 xin1,ban4 li3,ye4 wu4".split(",");

const task = (id, task_type, status, more = {}) => ({
  task_id: id, uuid: id, task_type, status, progress: status === "completed" ? 100 : 0, stage: null, result: null, error_code: null,
  error_message: null, next_poll_ms: null, eta_seconds: null, queue_position: null, usage: {},
  created_at: new Date(Date.now() - 260_000).toISOString(), updated_at: new Date(Date.now() - 60_000).toISOString(), ...more,
});
const template = (id, title_text) => ({
  template_id: id, title_text, person_image: "p", background_image: "b", created_at: new Date().toISOString(), updated_at: new Date().toISOString(),
  download_url: "/download/template/x", poster_url: `/download/template/${id}?file=poster`, parameters: { aspect: "9:16" }, warnings: [],
});

/** What it answers; whoever draws changes it as they go. */
export const state = {
  templates: [],
  own: [],
  tasks: {},
  list: [],
  usage: 0,
};

export const making = {
  processing: task("making", "digital_human", "processing", { progress: 58, stage: "lips", eta_seconds: 38, next_poll_ms: 60_000 }),
  pending: task("waiting", "digital_human", "pending", { queue_position: 3, eta_seconds: 150, next_poll_ms: 60_000 }),
  failed: task("failed", "digital_human", "failed", { error_code: "no_face_found", error_message: "No face." }),
  completed: task("film", "digital_human", "completed", {
    result: { uuid: "film", video_url: "/download/generated/video/film", duration: 9.2, width: 720, height: 720, warnings: ["reference_noisy"] },
  }),
  template: task("template-1", "template", "completed", { result: { uuid: "t", template_id: "template-1" } }),
  voice: task("voice-1", "voice_profile", "completed", { result: { uuid: "v", voice_id: "voice-1", preview_url: "/download/voice/voice-1" } }),
};
export const library = {
  templates: [template("template-1", "每周播报"), template("template-2", "产品介绍"), template("template-3", null)],
  own: [{ voice_id: "voice-1", name: "王老师", category: "own", read_only: false, language: "zh", gender: null, preview_url: "/download/voice/voice-1", warnings: [], created_at: new Date().toISOString() }],
};

/** The words of the sample text and where they stand; any other text gets none. */
function reading({ text, pronounce = {} }) {
  let at = 0;
  const words = WORDS.flatMap((word, index) => {
    const start = text.indexOf(word, at);
    if (start < 0) return [];
    at = start + word.length;
    return [{ text: word, pinyin: (pronounce[word] ?? PINYIN[index]).split(" "), start, end: at }];
  });
  return { spoken_text: text, words, estimated_seconds: 9.2 };
}

function answer(method, path, body) {
  const [, id] = /^\/tasks\/([\w-]+)\/status$/.exec(path) ?? [];
  if (id) return state.tasks[id];
  if (path === "/voices") {
    const built = VOICES.map(([name, gender]) => ({ ...library.own[0], voice_id: name, name, gender, category: "built_in" }));
    return { voices: [...built, ...state.own], total: 7, next_cursor: null };
  }
  if (path === "/templates/list") return { templates: state.templates, next_cursor: null };
  if (path.startsWith("/templates/")) return { template: library.templates[0] };
  if (path === "/tasks") return { tasks: state.list, missing: [], next_cursor: null };
  if (path === "/usage") return { days: [], total: { output_seconds: state.usage } };
  if (path === "/system/status") return { system_status: "running", task_stats: {}, file_stats: {} };
  if (path === "/tasks/voice/preview-text") return reading(body);
  if (path.startsWith("/upload/")) {
    return { file_info: { filename: "file.mp4" }, upload: { url: `http://127.0.0.1:${server.address().port}/bucket`, fields: {} } };
  }
  if (path.startsWith("/download/")) {
    const kind = path.includes("/video/") ? "film" : "person";
    return { url: `http://127.0.0.1:${server.address().port}/files/${kind}`, filename: kind };
  }
  return method === "POST" ? { task_id: "making", status: "pending" } : null;
}

export const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  const [, name] = /^\/files\/(\w+)$/.exec(url.pathname) ?? [];
  if (name) {
    const [place, type] = FILES[name];
    if (!existsSync(place)) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": type });
    return createReadStream(place).pipe(response);
  }
  const blocks = [];
  for await (const block of request) blocks.push(block);
  if (url.pathname === "/bucket") return response.writeHead(204).end();
  const text = Buffer.concat(blocks).toString();
  const found = answer(request.method, url.pathname.replace(/^\/api/, ""), text ? JSON.parse(text) : {});
  response.setHeader("Content-Type", "application/json");
  if (found) response.end(JSON.stringify({ success: true, ...found }));
  else response.writeHead(404).end(JSON.stringify({ error: "none", code: "task_not_found", request_id: "8f31c2d4" }));
});

await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
export const url = `http://127.0.0.1:${server.address().port}`;
