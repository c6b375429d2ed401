"""Chinese characters to pinyin: words, the reading of each character in its place, tone sandhi."""

from dh_text.mandarin.sandhi import Word
from dh_text.mandarin.words import dictionary_readings, prepare, read_phrase

__all__ = ["Word", "dictionary_readings", "prepare", "read_phrase"]
