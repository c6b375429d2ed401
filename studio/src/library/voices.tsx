import { useEffect, useMemo, useState } from "preact/hooks";
import type { Voice } from "client/index.ts";
import { Consent } from "../create/consent.tsx";
import { SoundSlot } from "../create/sound.tsx";
import { t } from "../i18n/index.ts";
import { client, problemOf, type Problem } from "../state/client.ts";
import { change, consentOf, draft, evidence } from "../state/draft.ts";
import { voices } from "../state/library.ts";
import { go } from "../state/route.ts";
import { follow, note, seen } from "../state/tasks.ts";
import { Slot } from "../state/upload.ts";
import { DeleteButton } from "../ui/controls.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import { ProblemNote } from "../ui/problem.tsx";
import { SampleButton } from "../ui/sample.tsx";
import { toast } from "../ui/toast.tsx";

export function VoicesShelf() {
  const [saves, setSaves] = useState(false);
  useEffect(() => void voices.refresh(), []);
  const list = voices.items.value ?? [];
  const own = list.filter((one) => one.category === "own");
  const builtIn = list.filter((one) => one.category === "built_in");
  return (
    <>
      <div class="shelf-head">
        <h2>{t("own_voices")}</h2>
        <button type="button" class="primary" onClick={() => setSaves(true)}>
          <Icon name="plus" />
          {t("voice_new")}
        </button>
      </div>
      <ProblemNote problem={voices.problem.value} onRetry={() => void voices.refresh()} />
      {voices.items.value && own.length === 0 && <p class="soft">{t("own_voices_empty")}</p>}
      <VoiceList list={own} />
      <h2>{t("built_in")}</h2>
      <VoiceList list={builtIn} />
      {saves && <SaveVoice onClose={() => setSaves(false)} />}
    </>
  );
}

function VoiceList({ list }: { list: Voice[] }) {
  return (
    <ul class="rows">
      {list.map((voice) => (
        <li key={voice.voice_id}>
          <SampleButton path={voice.preview_url} name={voice.name} />
          <span class="row-name">{voice.name}</span>
          <span class="soft">{voice.gender && t(voice.gender === "female" ? "voice_female" : "voice_male")}</span>
          <button
            type="button"
            class="quiet small"
            onClick={() => {
              change({ voice: voice.voice_id, speech: "text" });
              go({ page: "create" });
            }}
          >
            {t("use")}
          </button>
          {!voice.read_only && <DeleteButton label={`${t("remove")}: ${voice.name}`} onDelete={() => void remove(voice.voice_id)} />}
        </li>
      ))}
    </ul>
  );
}

async function remove(id: string): Promise<void> {
  try {
    await client.voices.remove(id);
  } catch (error) {
    toast(problemOf(error).sentence);
  }
  void voices.refresh();
}

interface SaveProps {
  /** The clip or recording to learn from; where none is given, one is asked for. */
  from?: { video_file: string } | { audio_file: string };
  onClose: () => void;
}

export function SaveVoice({ from, onClose }: SaveProps) {
  const slot = useMemo(() => new Slot("audio"), []);
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<Problem | null>(null);
  const isAgreed = draft.value.agreedAt === null || (draft.value.subject.trim() !== "" && !evidence.isBusy);
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const source = from ?? (slot.file.value && { audio_file: slot.file.value.filename });
    if (!source) return;
    try {
      const task = await client.voices.save({ ...source, ...(name.trim() ? { name: name.trim() } : {}), ...consentOf(draft.value) });
      note(task.task_id, { words: name.trim() });
      seen(await client.tasks.status(task.task_id));
      void follow();
      go({ page: "task", id: task.task_id });
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  return (
    <Dialog title={t("voice_new")} onClose={onClose}>
      <form class="stack" onSubmit={(event) => void save(event)}>
        <label class="field">
          <span>{t("voice_name")}</span>
          <input value={name} maxLength={100} placeholder={t("voice_name_placeholder")} onInput={(event) => setName(event.currentTarget.value)} />
        </label>
        {!from && <SoundSlot slot={slot} hint={t("voice_file_hint")} />}
        <Consent />
        <ProblemNote problem={problem} />
        <button class="primary" disabled={(!from && !slot.file.value) || !isAgreed}>
          {t("save")}
        </button>
      </form>
    </Dialog>
  );
}
