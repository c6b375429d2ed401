"""What the encoder sees decides readings about which the log-linear model is in doubt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dh_text.mandarin import model
from dh_text.mandarin.encoder import WINDOW, Encoder
from dh_text.mandarin.polyphones import Phrase, Polyphones, leads
from dh_text.mandarin.words import _polyphones, segmented


def reading(model: Polyphones, text: str, character: str) -> str:
    phrase = Phrase.of(segmented(text))
    for word in phrase.words:
        word.readings = [""] * len(word.text)
    model.decide([phrase])
    return [one for word in phrase.words for one in word.readings][text.index(character)]


def test_a_place_in_doubt_is_read_as_its_sentence_means() -> None:
    alone = replace(_polyphones(), second_look=None)
    assert reading(alone, "往汤里撒点胡椒", "撒") == "sa1"
    assert reading(_polyphones(), "往汤里撒点胡椒", "撒") == "sa3"


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return model.encoder()


def test_a_state_does_not_hang_on_what_else_is_read(encoder: Encoder) -> None:
    texts, places = ["银行的行长来了", "重", "他长大以后当了医生，一年挣很多钱"], [4, 0, 1]
    together = encoder.states(texts, places)
    alone = [encoder.states([text], [at])[0] for text, at in zip(texts, places, strict=True)]
    assert np.allclose(together, alone, atol=1e-4)


@pytest.mark.parametrize("around", ["𠮷", "ﷺ", "㍿", "🙂", " ", "ａ", "很"])
def test_any_text_can_stand_around_a_place(encoder: Encoder, around: str) -> None:
    text = around * 100
    ids, at = encoder.cut(text + "行" + text, len(text))
    assert ids[at] == encoder.pieces["行"]
    assert len(ids) <= 2 * WINDOW + 3
    assert np.isfinite(encoder.states([text + "行" + text], [len(text)])).all()


def test_a_lead_is_counted_within_each_place() -> None:
    totals, counts = np.array([1.0, 3.0, 7.0, 7.0, -2.0]), np.array([2, 3])
    assert leads(totals, counts).tolist() == [2, 0]
