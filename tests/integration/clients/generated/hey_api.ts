/** What @hey-api/openapi-ts makes of the document: uploads, makes a voice, downloads it. */
import { createClient } from "./client/client";
import { createVoice, downloadResult, getTaskStatus, uploadDirectly } from "./client/sdk.gen";

const client = createClient({ baseUrl: process.env.API_URL!, auth: () => process.env.API_KEY! });
const common = { client, throwOnError: true } as const;

const sound = new File([Buffer.from(process.env.SOUND!, "base64")], "me.wav");
const uploaded = await uploadDirectly({ ...common, path: { file_type: "audio" }, body: { file: sound } });
const task = await createVoice({ ...common, body: { text: "好。" } });
for (;;) {
  const { data } = await getTaskStatus({ ...common, path: { task_id: task.data.task_id }, query: { wait: 20 } });
  if (data.status === "failed" || data.status === "cancelled") throw new Error(data.error_message ?? data.status);
  if (data.result?.task_type !== "voice") continue;
  const { duration, uuid } = data.result;
  const made = await downloadResult({ ...common, path: { kind: "audio", uuid }, query: { redirect: false } });
  const bytes = await (await fetch((made.data as { url: string }).url)).arrayBuffer();
  console.log(JSON.stringify({ name: uploaded.data.file_info.filename, duration, head: Buffer.from(bytes).toString("latin1", 0, 4) }));
  break;
}
