"""Characters with several readings are read as their sentence means them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import dh_text.mandarin
from dh_core.specs import pinyin
from dh_text.hints import Hints
from dh_text.mandarin import Run, Word, dictionary_readings, model, words
from dh_text.mandarin.polyphones import _ERHUA
from dh_text.mandarin.words import _polyphones, citation
from dh_text.reader import Kind, Reader

Read = Callable[[Sequence[Run]], list[list[Word]]]
FOLDER = Path(__file__).parent
LINES = (FOLDER / "polyphones.tsv").read_text(encoding="utf-8").splitlines()
CASES = [line.split("\t") for line in LINES if not line.startswith("#")]


def labelled(name: str) -> Iterator[tuple[str, dict[int, str]]]:
    """Sentences of a file, and the readings of their characters by position."""
    for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pairs = re.findall(r"(.)(?:\[(\w+)\])?", line)
            yield "".join(one for one, _ in pairs), {at: r for at, (_, r) in enumerate(pairs) if r}


def readings_of(sentence: str, read: Read = dictionary_readings) -> list[str]:
    """A reading for each character that is Chinese, else nothing."""
    found = [""] * len(sentence)
    for run in re.finditer("[\u3400-\u9fff]+", sentence):
        (words,) = read([Run(run[0], sentence[: run.start()], sentence[run.end() :])])
        found[run.start() : run.end()] = [one for word in words for one in word.readings]
    return found


def wrong_in(name: str, how: Read = dictionary_readings) -> tuple[int, list[str]]:
    """How many readings a file holds, and those that are read otherwise."""
    wrong, count = [], 0
    for sentence, wanted in labelled(name):
        read = readings_of(sentence, how)
        count += len(wanted)
        wrong += [
            f"{sentence}: {sentence[at]} as {read[at]}, not {reading}"
            for at, reading in wanted.items()
            if read[at] != reading
        ]
    return count, wrong


def test_every_polyphone_of_the_list_is_read_right() -> None:
    wrong = []
    for sentence, word, wanted in CASES:
        at = sentence.index(word)
        read = " ".join(readings_of(sentence)[at : at + len(word)])
        if read != wanted:
            wrong.append(f"{sentence}: {word} as {read}, not {wanted}")
    assert len(CASES) > 250
    assert wrong == []


def test_what_bug_reports_name_is_read_right() -> None:
    count, wrong = wrong_in("reported.txt")
    assert count > 40
    assert wrong == []


def test_of_everyday_sentences_that_were_not_learnt_few_are_misread() -> None:
    count, wrong = wrong_in("everyday.txt")
    assert count > 300
    assert len(wrong) <= 0.04 * count, wrong


def test_of_sentences_that_were_learnt_almost_all_are_read_right() -> None:
    count, wrong = wrong_in("cpp_dev_sample.txt", citation)
    assert count > 290
    assert len(wrong) <= 0.02 * count, wrong


def test_the_rest_of_the_sentence_reaches_the_reading() -> None:
    tokens = Reader(Hints({})).tokens("他躺在床上，睡得很香。")
    read = [one for token in tokens if token.kind is Kind.HAN for one in token.readings]
    assert read[6] == "de5"


def test_a_long_text_without_marks_is_read_in_windows() -> None:
    sentence = "他跑得很快地上有水"
    once = readings_of(sentence * 20)
    assert len(once) == len(sentence) * 20
    assert once[90:99] == once[9 * 15 : 9 * 16]


def test_sentences_are_read_together_as_they_are_one_by_one() -> None:
    texts = [sentence for sentence, _ in labelled("everyday.txt")][:200]
    reader = Reader(Hints({"重庆": "chong2 qing4"}))
    together = list(reader.tokens_of(texts))
    assert together == [list(reader.tokens(text)) for text in texts]


def test_the_tables_hold_only_syllables_that_exist() -> None:
    folder = Path(dh_text.mandarin.__file__).parent
    for line in (folder / "readings.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            word, written = line.split("\t")
            syllables = pinyin.parse(written)
            assert syllables is not None, word
            assert len(syllables) == len(word), word


@pytest.mark.parametrize("text", ["", "好", "𠮷", "〇"])
def test_any_character_has_one_reading(text: str) -> None:
    assert sum(len(word.readings) for word in dictionary_readings([Run(text)])[0]) == len(text)


def test_every_reading_that_the_model_can_give_is_a_syllable() -> None:
    model = _polyphones()
    given = {_ERHUA.get(one, one) for readings in model.readings.values() for one in readings}
    assert len(given) > 500
    assert [one for one in given if pinyin.parse(one) is None] == []


def test_first_texts_that_come_together_load_the_dictionaries_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loads: list[str] = []

    def slow(_: object) -> None:
        time.sleep(0.05)
        loads.append("once")

    monkeypatch.setattr(model, "load", slow)
    words._load_polyphones.cache_clear()
    try:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: _polyphones(), range(4)))
    finally:
        words._load_polyphones.cache_clear()
    assert len(loads) == 1
