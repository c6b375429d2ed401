"""espeak-ng is C code that meets whatever people type; it must not take the process with it."""

from __future__ import annotations

import subprocess
import sys

READ_STRANGE_WORDS = """
import random
from gpu_jobs.engines.speech.phonemes.english.espeak import english_to_symbols

bits = ["a.", "s'", "1,", "1.", "III", "A.B.", "--", "é", "\\u0301", "&", " ", "x", "7", "’", "/a"]
chance = random.Random(1)
for text in ["a." * 2500, "s'" * 100, "1," * 2500, "a. " * 1600, "\\ud800a" * 50]:
    english_to_symbols(text)
for _ in range(25):
    chosen = chance.sample(bits, 3)
    text = "".join(chance.choice(chosen) * chance.choice([1, 2, 59, 200]) for _ in range(40))
    english_to_symbols(text[:5000])
"""


def test_words_that_do_not_end_leave_the_process_alive() -> None:
    # In a child: what goes wrong here is a crash.
    done = subprocess.run([sys.executable, "-c", READ_STRANGE_WORDS], check=False)
    assert done.returncode == 0
