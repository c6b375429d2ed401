"""Chinese characters to pinyin: words, the reading of each character in its place, tone sandhi."""

from dh_text.mandarin.sandhi import Word
from dh_text.mandarin.words import Run, dictionary_readings, prepare, read_phrase

__all__ = ["Run", "Word", "dictionary_readings", "prepare", "read_phrase"]
