import type { TaskResult } from "client/index.ts";
import { useState } from "preact/hooks";
import { t, type Key } from "../i18n/index.ts";
import { client, problemOf } from "../state/client.ts";
import { Icon } from "../ui/icon.tsx";
import { toast } from "../ui/toast.tsx";

/** Saves a result: fetched with progress, so that a key or a foreign host is no obstacle. */
async function save(path: string, onPart: (share: number) => void): Promise<void> {
  const { filename } = await client.downloads.address(path);
  const blob = await client.downloads.save(path, {
    onProgress: ({ received, total }) => onPart(total ? received / total : 0),
  });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = filename;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function SaveButton({ path, label, kind }: { path: string; label: string; kind: string }) {
  const [share, setShare] = useState<number | null>(null);
  const start = async (): Promise<void> => {
    setShare(0);
    try {
      await save(path, setShare);
    } catch (error) {
      toast(problemOf(error).sentence);
    }
    setShare(null);
  };
  return (
    <button type="button" class={kind} disabled={share !== null} onClick={() => void start()}>
      {kind === "primary" && <Icon name="download" />}
      {share === null ? label : `${Math.round(share * 100)}%`}
    </button>
  );
}

export function DownloadLinks({ result }: { result: TaskResult }) {
  const main = result.video_url ?? result.audio_url;
  const others: [Key, unknown][] = [
    ["result_srt", result["subtitle_url"]],
    ["result_audio", result.video_url ? result.audio_url : undefined],
  ];
  return (
    <>
      {main && <SaveButton path={main} label={t(result.video_url ? "result_download" : "result_audio")} kind="primary" />}
      {others.map(([key, path]) => typeof path === "string" && <SaveButton key={key} path={path} label={t(key)} kind="" />)}
    </>
  );
}
