"""The documents: short enough to be read in an hour, and naming only what exists."""

from __future__ import annotations

import re
import subprocess
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHINESE = ROOT / "README.zh-CN.md"
GUIDES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
TRACKED = [
    Path(name)
    for name in subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    if (ROOT / name).exists()
]
PAGES = [
    ROOT / path
    for path in TRACKED
    if path.suffix == ".md" and path.name != "CHANGELOG.md" and "template" not in path.name
]
FOLDERS = {path.parts[0] for path in TRACKED if len(path.parts) > 1}
ROOTS = (ROOT, *ROOT.glob("layers/*/python"))

ELSEWHERE = {"ImportModuleError", "ROLLBACK_COMPLETE"}
"""What AWS calls things."""

WORDS_MAX = 12_120
PARAGRAPH_MAX = 80
CELL_MAX = 25

FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.M | re.S)
HAN = re.compile(r"[\u4e00-\u9fff]")


def words(text: str) -> int:
    """What stands between spaces and holds a letter or digit, and each Chinese character."""
    spaced = HAN.sub(" 字 ", text)
    return sum(1 for word in spaced.split() if re.search(r"\w", word))


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return FENCE.sub("\n\n", page.read_text(encoding="utf-8"))


def paragraphs(page: Path) -> list[str]:
    """Paragraphs, items of lists and headings."""
    parts = re.split(r"\n\s*\n|\n(?= *(?:[-*]|\d+\.) )|\n(?=[|#])", prose(page))
    return [part for part in parts if not part.lstrip().startswith("|")]


def rows(page: Path) -> list[list[str]]:
    """The cells of each line of each table."""
    lines = [line.strip() for line in prose(page).splitlines() if line.lstrip().startswith("|")]
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines]


def code(page: Path) -> list[str]:
    """Code spans of the prose, and each command line of the shell blocks."""
    text = page.read_text(encoding="utf-8")
    blocks = [body.replace("\\\n", " ") for kind, body in FENCE.findall(text) if kind == "sh"]
    lines = [line.split(" #")[0] for block in blocks for line in block.splitlines()]
    return re.findall(r"`([^`\n]+)`", prose(page)) + lines


def anchors(page: Path) -> set[str]:
    """The headings as a link names them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def in_one_language(text: str) -> str:
    """Without what says the same in another language: of blocks in a row the longest stays."""

    def longest(row: re.Match[str]) -> str:
        return max((block[0] for block in FENCE.finditer(row[0])), key=words)

    return re.sub(r"(?:^```\w+\n(?:(?!```).*\n)*```\n\n?){2,}", longest, text, flags=re.M)


def test_the_documents_can_be_read_in_an_hour() -> None:
    read = {name(page): words(in_one_language(page.read_text("utf-8"))) for page in GUIDES}
    # Written from the code, and looked up: nobody reads codes or fields one after the other.
    for looked_up in ("docs/errors.md", "docs/options.md"):
        assert read.pop(looked_up)
    assert sum(read.values()) <= WORDS_MAX, read
    assert len(read) <= 10


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_paragraph_and_no_cell_is_long(page: Path) -> None:
    # Two words of English take three characters or four in Chinese.
    share = 1.7 if page.name.endswith(CHINESE.name) else 1
    assert [part for part in paragraphs(page) if words(part) > PARAGRAPH_MAX * share] == []
    assert [cell for row in rows(page) for cell in row if words(cell) > CELL_MAX * share] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_table_has_rows_of_one_length(page: Path) -> None:
    tables = re.findall(r"(?:^ *\|.*\n)+", prose(page) + "\n", re.M)
    for table in tables:
        lengths = {len(re.split(r"(?<!\\)\|", line.strip())) for line in table.splitlines()}
        assert len(lengths) == 1, table


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", link):
            assert link.startswith("https://"), link
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_path_exists(page: Path) -> None:
    bases = (ROOT, page.parent, *ROOTS)
    for span in code(page):
        for path in re.findall(r"(?<![\w./$<{@:~-])(?:\.\./)*[\w-]+(?:/[\w.-]+)+/?", span):
            if path.split("/")[0] in FOLDERS and not re.search(r"NAME|ID|\.\.\.$", path):
                assert any((base / path).exists() for base in bases), path


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_make_target_is_one_of_the_makefile(page: Path) -> None:
    targets = set(re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for span in code(page):
        plain = re.sub(r"\w+=\S+", "", span.strip())  # without variables
        if match := re.match(r"make ((?:[\w./|-]+ ?)+)", plain):
            wanted = match[1].replace("|", " ").split()
            assert set(wanted) <= targets, span


def sources(module: str) -> list[Path]:
    """The files of a module that `python -m` runs."""
    for root in ROOTS:
        path = root / module.replace(".", "/")
        if path.with_suffix(".py").is_file():
            return [path.with_suffix(".py")]
        if (path / "__main__.py").is_file():
            return list(path.rglob("*.py"))
    return []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_module_runs_and_takes_the_options_that_stand_behind_it(page: Path) -> None:
    for module, rest in chain.from_iterable(
        re.findall(r"python -m ([a-z_][\w.]*)([^|;&]*)", span) for span in code(page)
    ):
        files = sources(module)
        assert files, module
        text = "".join(file.read_text(encoding="utf-8") for file in files)
        for option in re.findall(r"(?<!\S)\[?--([a-z][a-z0-9-]*)", rest):
            found = f'"--{option}"' in text or f"{option.replace('-', '_')}:" in text
            assert found, f"{module} --{option}"


@pytest.fixture(scope="module")
def known() -> set[str]:
    """Each name in the sources, and each setting as the environment spells it."""
    kinds = {".py", ".yaml", ".json", ".toml", ".js", ".ts", ""}
    found: set[str] = set()
    for path in TRACKED:
        if path.suffix in kinds:
            found |= set(re.findall(r"\w+", (ROOT / path).read_text("utf-8", errors="ignore")))
    return found | {word.upper() for word in found}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_each_setting_parameter_and_class_is_in_the_sources(page: Path, known: set[str]) -> None:
    spans = re.findall(r"`([^`\n]+)`", prose(page))
    names = {
        word
        for span in spans
        for word in re.findall(
            r"(?<![\w$./-])[A-Z]+(?:_[A-Z]+)+\b|[A-Z][a-z]+(?:[A-Z]+[a-z]*)+", span
        )
    }
    assert names - known - ELSEWHERE == set()


def test_each_page_that_the_sources_name_exists() -> None:
    named = {
        page
        for path in TRACKED
        if path.suffix in {".py", ".yaml", ".json", ".toml", ".md", ""}
        for page in re.findall(
            r"\bdocs/[\w.-]+\.(?:md|svg|png)", (ROOT / path).read_text("utf-8", errors="ignore")
        )
    }
    assert {page for page in named if not (ROOT / page).exists()} == set()


def test_every_guide_is_linked_from_the_readme() -> None:
    linked = set(re.findall(r"\]\(([\w./-]+\.md)", prose(ROOT / "README.md")))
    assert {name(page) for page in GUIDES} - {"README.md"} <= linked


def shape(page: Path) -> tuple[list[str], list[int], set[str], list[str]]:
    """What a translation shares: levels of headings, sizes of tables, links, figures."""
    text = prose(page)
    figures = re.findall(r"\d[\d,.]*\d|\d", re.sub(r"\]\([^)]*\)", "", text))
    links = set(re.findall(r"\]\(([^)\s]+)\)", text)) - {"README.md", CHINESE.name}
    return re.findall(r"^(#+) ", text, re.M), [len(row) for row in rows(page)], links, figures


def test_the_chinese_readme_says_as_much_as_the_english_one() -> None:
    ours, theirs = shape(ROOT / "README.md"), shape(CHINESE)
    assert theirs[:3] == ours[:3]
    assert sorted(theirs[3]) == sorted(ours[3])
    assert 0.6 < words(prose(CHINESE)) / words(prose(ROOT / "README.md")) < 2.5
