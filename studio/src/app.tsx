import { useEffect } from "preact/hooks";
import { CreatePage } from "./create/create.tsx";
import { t, type Key } from "./i18n/index.ts";
import { href, type Route } from "./lib/route.ts";
import { HistoryPage } from "./library/history.tsx";
import { LibraryPage } from "./library/library.tsx";
import { TemplatePage } from "./library/template.tsx";
import { TaskPage } from "./result/task.tsx";
import { asksForKey } from "./state/client.ts";
import { isDark, language, switchLanguage, switchTheme } from "./state/preferences.ts";
import { route } from "./state/route.ts";
import { active, follow, isOffline } from "./state/tasks.ts";
import { SystemPage } from "./system/system.tsx";
import { KeyButton, KeyDialog } from "./ui/key.tsx";
import { Icon, Seal } from "./ui/icon.tsx";
import { Toast } from "./ui/toast.tsx";

export function App() {
  useEffect(() => void follow(), []);
  useEffect(() => {
    document.title = t("title");
  }, [language.value]);
  return (
    <>
      <a class="skip" href="#main" onClick={focusMain}>
        {t("skip")}
      </a>
      <Header />
      {isOffline.value && (
        <p class="offline" role="status">
          {t("offline")}
        </p>
      )}
      <main id="main" tabIndex={-1}>
        <Page />
      </main>
      <Toast />
      {asksForKey.value && <KeyDialog />}
    </>
  );
}

/** The address names the page that is shown, so a link within it may not change it. */
function focusMain(event: Event): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}

function Page() {
  const at = route.value;
  switch (at.page) {
    case "create":
      return <CreatePage />;
    case "task":
      return <TaskPage key={at.id} id={at.id} />;
    case "history":
      return <HistoryPage />;
    case "library":
      return <LibraryPage shelf={at.shelf} />;
    case "template":
      return <TemplatePage key={at.id} id={at.id} />;
    case "system":
      return <SystemPage />;
  }
}

const PAGES: [Key, Route][] = [
  ["create", { page: "create" }],
  ["history", { page: "history" }],
  ["library", { page: "library", shelf: "voices" }],
  ["system", { page: "system" }],
];
/** Under which entry of the navigation a page stands. */
const UNDER: Partial<Record<Route["page"], Route["page"]>> = { task: "history", template: "library" };

function Header() {
  const here = UNDER[route.value.page] ?? route.value.page;
  const count = active.value.length;
  return (
    <header class="bar">
      <a class="wordmark" href={href({ page: "create" })}>
        <Seal />
        <span>{t("wordmark")}</span>
      </a>
      <nav aria-label={t("nav")}>
        {PAGES.map(([key, to]) => (
          <a key={key} href={href(to)} aria-current={here === to.page ? "page" : undefined}>
            {t(key)}
            {key === "history" && count > 0 && <Lamp count={count} />}
          </a>
        ))}
      </nav>
      <div class="bar-end">
        <KeyButton />
        <button type="button" class="bar-language" lang={language.value === "zh" ? "en" : "zh-CN"} onClick={switchLanguage}>
          {t("language")}
        </button>
        <button type="button" class="round" aria-label={t(isDark() ? "to_light" : "to_dark")} onClick={switchTheme}>
          <Icon name={isDark() ? "sun" : "moon"} />
        </button>
      </div>
    </header>
  );
}

function Lamp({ count }: { count: number }) {
  return (
    <span class="lamp">
      <span aria-hidden="true">{count}</span>
      <span class="hidden">{t("underway", { n: count })}</span>
    </span>
  );
}
