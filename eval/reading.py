"""How often characters with several readings are read right: CPP (Park & Lee 2020).

    .venv/bin/python -m eval.reading --cpp FOLDER [--part test] [--errors]

Beside ours: pypinyin, and the package g2pM where it is installed. CPP has the tones that characters
have one by one, so ours are compared before neutral second syllables (知识) and tone sandhi. A line
with those neutral tones, as they are spoken, stands below.
"""

from __future__ import annotations

import argparse
import re
import resource
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pypinyin

from dh_text import mandarin
from dh_text.mandarin import Run, Word
from dh_text.mandarin.words import citation

MARK = "\u2581"
DEBATABLE = {
    "哦": "o5", "啊": "a5", "啦": "la5", "吧": "ba5", "哇": "wa5", "哟": "yo5", "呢": "ne5",
    "勒": "lei1 le4", "血": "xie3 xue4", "薄": "bao2 bo2", "朴": "pu3 piao2", "柏": "bai3 bo2",
    "杆": "gan1 gan3", "汗": "han2 han4", "撒": "sa1 sa3", "闷": "men1 men4", "过": "guo5 guo4",
    "涌": "chong1 yong3", "覃": "qin2 tan2", "峒": "dong4 tong2", "镐": "gao3 hao4",
}  # fmt: skip
"""Characters of which CPP's labels, or dictionaries, say now one reading, now another."""

Read = Callable[[str, int], str]


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence and the reading of the character at `at`."""

    text: str
    at: int
    reading: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cpp", type=Path, required=True, help="folder with test.sent, test.lb")
    parser.add_argument("--part", default="test", choices=["dev", "test"])
    parser.add_argument("--errors", action="store_true", help="print every sentence misread")
    asked = parser.parse_args()
    cases = _cases(asked.cpp, asked.part)
    started = time.perf_counter()
    mandarin.prepare()
    prepared = time.perf_counter() - started
    readers: dict[str, Read] = {"ours": _ours(citation), "pypinyin": _pypinyin}
    if find_spec("g2pM"):
        readers["g2pM"] = _g2pm()
    readers["ours, neutral tones as spoken"] = _ours(mandarin.dictionary_readings)
    print(f"cpp/{asked.part}, {len(cases)} sentences\n")
    print("| | with tones | without | ms per 1,000 characters |\n|---|---|---|---|")
    answers = {name: _row(name, read, cases) for name, read in readers.items()}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\nprepared in {prepared:.2f} s; peak memory of all of this {peak:.0f} MB")
    _groups(cases, answers["ours"])
    if asked.errors:
        for case, read in zip(cases, answers["ours"], strict=True):
            if read != case.reading:
                around = case.text[max(case.at - 10, 0) : case.at + 10]
                print(f"{around}  {case.text[case.at]} {case.reading}, read {read}")


def _cases(folder: Path, part: str) -> list[Case]:
    sentences = (folder / f"{part}.sent").read_text(encoding="utf-8").splitlines()
    labels = (folder / f"{part}.lb").read_text(encoding="utf-8").split()
    return [
        Case(sentence.replace(MARK, ""), sentence.index(MARK), label.replace("u:", "v"))
        for sentence, label in zip(sentences, labels, strict=True)
    ]


def _row(name: str, read: Read, cases: Sequence[Case]) -> list[str]:
    started = time.process_time()
    answers = [read(case.text, case.at) for case in cases]
    seconds = time.process_time() - started
    right = sum(one == case.reading for one, case in zip(answers, cases, strict=True))
    alike = sum(one[:-1] == case.reading[:-1] for one, case in zip(answers, cases, strict=True))
    each = 1e6 * seconds / sum(len(case.text) for case in cases)
    print(f"| {name} | {right / len(cases):.2%} | {alike / len(cases):.2%} | {each:.0f} |")
    return answers


def _ours(read: Callable[[Sequence[Run]], list[list[Word]]]) -> Read:
    def answer(text: str, at: int) -> str:
        """All of the sentence is read, as a task reads it."""
        found = list(re.finditer("[\u3400-\u9fff]+", text))
        runs = [Run(run[0], text[: run.start()], text[run.end() :]) for run in found]
        return next(
            [one for word in words for one in word.readings][at - run.start()]
            for run, words in zip(found, read(runs), strict=True)
            if run.start() <= at < run.end()
        )

    return answer


def _pypinyin(text: str, at: int) -> str:
    run = next(found for found in re.finditer("[\u3400-\u9fff]+", text) if found.end() > at)
    style = pypinyin.Style.TONE3
    return pypinyin.lazy_pinyin(run[0], style=style, neutral_tone_with_five=True)[at - run.start()]


def _g2pm() -> Read:
    from g2pM import G2pM  # noqa: PLC0415 a peer, seldom installed

    model = G2pM()
    return lambda text, at: str(model(text, tone=True, char_split=True)[at]).replace("u:", "v")


def _groups(cases: Sequence[Case], answers: Sequence[str]) -> None:
    missed = Counter(
        case.text[case.at]
        for case, read in zip(cases, answers, strict=True)
        if read != case.reading
    )
    tones = sum(
        read != case.reading and read[:-1] == case.reading[:-1]
        for case, read in zip(cases, answers, strict=True)
    )
    debatable = sum(count for character, count in missed.items() if character in DEBATABLE)
    print(f"\n{missed.total()} misread, {tones} of them in the tone alone; by character:")
    print(" ".join(f"{character} {count}" for character, count in missed.most_common(40)))
    print(f"{debatable} of characters whose labels are debatable:", *DEBATABLE)


if __name__ == "__main__":
    main()
