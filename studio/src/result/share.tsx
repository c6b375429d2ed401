import { useRef, useState } from "preact/hooks";
import { t } from "../i18n/index.ts";
import { moment } from "../lib/format.ts";
import { problemOf } from "../state/client.ts";
import { addressOf } from "../state/media.ts";
import { language } from "../state/preferences.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Icon } from "../ui/icon.tsx";
import { toast } from "../ui/toast.tsx";

/** Two links: the page, for who may enter it, and the file, for everybody, for a while. */
export function Share({ media }: { media: string }) {
  const [links, setLinks] = useState<{ page: string; file: string; until: number } | null>(null);
  const open = async (): Promise<void> => {
    try {
      const { url, expires } = await addressOf(media);
      setLinks({ page: location.href, file: url, until: expires });
    } catch (error) {
      toast(problemOf(error).sentence);
    }
  };
  return (
    <>
      <button type="button" onClick={() => void open()}>
        <Icon name="share" />
        {t("result_share")}
      </button>
      {links && (
        <Dialog title={t("result_share")} onClose={() => setLinks(null)}>
          <div class="stack">
            <Link name={t("share_page")} hint={t("share_page_hint")} url={links.page} />
            <Link
              name={t("share_file")}
              hint={t("share_file_hint", { time: moment(new Date(links.until).toISOString(), language.value) })}
              url={links.file}
            />
          </div>
        </Dialog>
      )}
    </>
  );
}

function Link({ name, hint, url }: { name: string; hint: string; url: string }) {
  const [copied, setCopied] = useState(false);
  const shown = useRef<HTMLInputElement>(null);
  const copy = async (): Promise<void> => {
    shown.current?.select();
    // Over http to another machine browsers have only the old way.
    if (navigator.clipboard) await navigator.clipboard.writeText(url).catch(() => undefined);
    else document.execCommand("copy");
    setCopied(true);
  };
  return (
    <label class="field">
      <span>
        {name} <small class="soft">{hint}</small>
      </span>
      <span class="copy">
        <input ref={shown} readOnly value={url} onFocus={(event) => event.currentTarget.select()} />
        <button type="button" onClick={() => void copy()}>
          {copied ? t("copied") : t("share_copy")}
        </button>
      </span>
    </label>
  );
}
