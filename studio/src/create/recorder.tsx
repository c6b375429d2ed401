import { useEffect, useRef, useState } from "preact/hooks";
import { t, type Key } from "../i18n/index.ts";
import { clock } from "../lib/format.ts";
import type { Slot } from "../state/upload.ts";
import { Dialog } from "../ui/dialog.tsx";
import { ChooseButton } from "../ui/drop.tsx";
import { Icon } from "../ui/icon.tsx";

const FORMATS = {
  video: ["video/mp4;codecs=avc1.42E01F,mp4a.40.2", "video/webm;codecs=vp9,opus", "video/webm"],
  audio: ["audio/mp4", "audio/webm;codecs=opus", "audio/ogg;codecs=opus"],
};

/** Browsers lend them to https and to this machine's own address alone. */
const canRecord = Boolean(navigator.mediaDevices) && typeof MediaRecorder !== "undefined";
export const isPhone = matchMedia("(pointer: coarse)").matches;

interface ButtonProps {
  slot: Slot;
  label: string;
  kind?: string;
}

/** Records with this page where the browser allows it, else with the phone's own app. */
export function RecordButton({ slot, label, kind = "" }: ButtonProps) {
  const [records, setRecords] = useState(false);
  const icon = <Icon name={slot.kind === "video" ? "camera" : "microphone"} />;
  if (!canRecord && isPhone) return <ChooseButton slot={slot} label={label} kind={kind} captures icon={icon} />;
  return (
    <>
      <button type="button" class={kind} onClick={() => setRecords(true)}>
        {icon}
        {label}
      </button>
      {records && <Recorder slot={slot} onClose={() => setRecords(false)} />}
    </>
  );
}

/** Records a person or a voice with the device's camera and microphone. */
function Recorder({ slot, onClose }: { slot: Slot; onClose: () => void }) {
  const isVideo = slot.kind === "video";
  const [fault, setFault] = useState<Key | null>(null);
  const [live, setLive] = useState<MediaStream | null>(null);
  const [recorder, setRecorder] = useState<MediaRecorder | null>(null);
  const [take, setTake] = useState<{ file: File; url: string } | null>(null);
  const [seconds, setSeconds] = useState(0);
  const view = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    let stream: MediaStream | null = null;
    let gone = false;
    open(isVideo).then(
      (opened) => {
        stream = opened;
        if (gone) stopAll(opened);
        else setLive(opened);
      },
      (error: unknown) => setFault(faultOf(error)),
    );
    return () => {
      gone = true;
      stopAll(stream);
    };
  }, []);
  useEffect(() => {
    if (view.current && live && !take) view.current.srcObject = live;
  }, [live, take]);
  useEffect(() => {
    if (!recorder) return undefined;
    const begun = Date.now();
    const timer = setInterval(() => setSeconds((Date.now() - begun) / 1000), 250);
    return () => clearInterval(timer);
  }, [recorder]);

  const start = (): void => {
    if (!live) return;
    const mimeType = FORMATS[slot.kind as "video" | "audio"].find((type) => MediaRecorder.isTypeSupported(type));
    const made = new MediaRecorder(live, mimeType ? { mimeType } : {});
    const parts: Blob[] = [];
    made.ondataavailable = (event) => parts.push(event.data);
    made.onstop = () => {
      const type = made.mimeType.split(";")[0] ?? "";
      const ending = type.endsWith("mp4") ? (isVideo ? "mp4" : "m4a") : type.endsWith("ogg") ? "ogg" : "webm";
      const file = new File(parts, `${isVideo ? "person" : "voice"}-${Date.now()}.${ending}`, { type });
      setRecorder(null);
      setTake({ file, url: URL.createObjectURL(file) });
    };
    made.start(1000);
    setSeconds(0);
    setRecorder(made);
  };
  const use = (): void => {
    if (take) void slot.put(take.file);
    onClose();
  };

  return (
    <Dialog title={t(isVideo ? "record_camera" : "record_voice")} onClose={onClose}>
      {fault ? (
        <p class="problem" role="alert">
          {t(fault)}
        </p>
      ) : (
        <div class="recorder">
          {take ? (
            isVideo ? <video src={take.url} controls playsInline /> : <audio src={take.url} controls />
          ) : (
            isVideo && <video ref={view} class="mirror" autoplay muted playsInline />
          )}
          {!take && (
            <div class="recorder-prompt">
              <p class="soft">{t("record_prompt")}</p>
              <p class="recorder-words">{t("record_words")}</p>
            </div>
          )}
          <div class="row end">
            <span class={`recorder-clock ${recorder ? "is-live" : ""}`} role="timer">
              {clock(seconds)}
            </span>
            {take ? (
              <>
                <button type="button" onClick={() => setTake(null)}>
                  {t("record_again")}
                </button>
                <button type="button" class="primary" onClick={use}>
                  {t("record_use")}
                </button>
              </>
            ) : recorder ? (
              <button type="button" class="primary" onClick={() => recorder.stop()}>
                {t("record_stop")}
              </button>
            ) : (
              <button type="button" class="record" disabled={!live} onClick={start}>
                {t("record_start")}
              </button>
            )}
          </div>
        </div>
      )}
    </Dialog>
  );
}

function open(isVideo: boolean): Promise<MediaStream> {
  if (!canRecord) return Promise.reject(new Error("unsupported"));
  const video = isVideo && { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 25 }, facingMode: "user" };
  return navigator.mediaDevices.getUserMedia({ video, audio: { echoCancellation: false, noiseSuppression: false } });
}

function stopAll(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

function faultOf(error: unknown): Key {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return "record_denied";
  return name === "NotFoundError" || name === "NotReadableError" ? "record_absent" : "record_unsupported";
}
