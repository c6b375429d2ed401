/** The types that openapi-typescript makes of the document, with its own openapi-fetch. */
import createClient from "openapi-fetch";
import type { paths } from "./schema";

const api = createClient<paths>({
  baseUrl: process.env.API_URL!,
  headers: { Authorization: `Bearer ${process.env.API_KEY}` },
});
const checked = <T>(answer: { data?: T; error?: { error: string } }): T => {
  if (answer.data === undefined) throw new Error(answer.error?.error);
  return answer.data;
};

const sound = new File([Buffer.from(process.env.SOUND!, "base64")], "me.wav");
const uploaded = checked(
  await api.POST("/api/upload/{file_type}/direct", {
    params: { path: { file_type: "audio" } },
    body: { file: sound as unknown as string },
    bodySerializer: ({ file }) => {
      const form = new FormData();
      form.append("file", file as unknown as File);
      return form;
    },
  }),
);
const { task_id } = checked(await api.POST("/api/tasks/voice/generate", { body: { text: "好。" } }));
for (;;) {
  const status = checked(
    await api.GET("/api/tasks/{task_id}/status", { params: { path: { task_id }, query: { wait: 20 } } }),
  );
  if (status.status === "failed" || status.status === "cancelled") throw new Error(status.error_message ?? status.status);
  if (status.result?.task_type !== "voice") continue;
  const { duration, uuid } = status.result;
  const made = checked(
    await api.GET("/api/download/generated/{kind}/{uuid}", {
      params: { path: { kind: "audio", uuid }, query: { redirect: false } },
    }),
  );
  const bytes = await (await fetch(made.url)).arrayBuffer();
  console.log(JSON.stringify({ name: uploaded.file_info.filename, duration, head: Buffer.from(bytes).toString("latin1", 0, 4) }));
  break;
}
