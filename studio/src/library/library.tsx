import { t } from "../i18n/index.ts";
import { href, SHELVES, type Shelf } from "../lib/route.ts";
import { FilesShelf, PeopleShelf } from "./files.tsx";
import { ReadingsShelf } from "./readings.tsx";
import { TemplatesShelf } from "./templates.tsx";
import { VoicesShelf } from "./voices.tsx";

const BODY = { voices: VoicesShelf, templates: TemplatesShelf, people: PeopleShelf, readings: ReadingsShelf, files: FilesShelf };

export function LibraryPage({ shelf }: { shelf: Shelf }) {
  const Body = BODY[shelf];
  return (
    <div class="shelves">
      <header class="page-head">
        <h1>{t("library_title")}</h1>
        <nav class="tabs" aria-label={t("library_title")}>
          {SHELVES.map((one) => (
            <a key={one} href={href({ page: "library", shelf: one })} aria-current={one === shelf ? "page" : undefined}>
              {t(`shelf_${one}`)}
            </a>
          ))}
        </nav>
      </header>
      <Body />
    </div>
  );
}
