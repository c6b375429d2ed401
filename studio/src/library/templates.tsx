import { useEffect } from "preact/hooks";
import { Poster } from "../create/person.tsx";
import { t } from "../i18n/index.ts";
import { moment } from "../lib/format.ts";
import { href } from "../lib/route.ts";
import { client, problemOf } from "../state/client.ts";
import { change } from "../state/draft.ts";
import { templates } from "../state/library.ts";
import { language } from "../state/preferences.ts";
import { go } from "../state/route.ts";
import { DeleteButton, Empty } from "../ui/controls.tsx";
import { Icon } from "../ui/icon.tsx";
import { ProblemNote } from "../ui/problem.tsx";
import { toast } from "../ui/toast.tsx";

export function TemplatesShelf() {
  useEffect(() => void templates.refresh(), []);
  const list = templates.items.value;
  const make = (
    <a class="button primary" href={href({ page: "template", id: "new" })}>
      <Icon name="plus" />
      {t("template_new")}
    </a>
  );
  return (
    <>
      <ProblemNote problem={templates.problem.value} onRetry={() => void templates.refresh()} />
      {list?.length === 0 ? (
        <Empty title={t("templates_empty")} hint={t("templates_empty_hint")}>
          {make}
        </Empty>
      ) : (
        <div class="shelf-head">
          <h2>{t("shelf_templates")}</h2>
          {make}
        </div>
      )}
      <ul class="works">
        {list?.map((one) => (
          <li key={one.template_id} class="work">
            <button
              type="button"
              class="work-open"
              onClick={() => {
                change({ person: "template", templateId: one.template_id });
                go({ page: "create" });
              }}
            >
              <div class="work-picture is-poster">
                <Poster id={one.template_id} />
              </div>
              <span class="work-words">{one.title_text || t("template_untitled")}</span>
            </button>
            <p class="work-facts">
              <span>{moment(one.updated_at, language.value)}</span>
            </p>
            <a class="round" href={href({ page: "template", id: one.template_id })} aria-label={`${t("template_edit")}: ${one.title_text ?? ""}`}>
              <Icon name="edit" />
            </a>
            <DeleteButton label={`${t("remove")}: ${one.title_text || t("template_untitled")}`} onDelete={() => void remove(one.template_id)} />
          </li>
        ))}
      </ul>
    </>
  );
}

async function remove(id: string): Promise<void> {
  try {
    await client.templates.remove(id);
  } catch (error) {
    toast(problemOf(error).sentence);
  }
  void templates.refresh();
}
