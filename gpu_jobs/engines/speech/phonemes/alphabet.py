"""The symbols that Kokoro reads, sorted by what they do to the timeline.

Each symbol is one character of the model's vocabulary (IPA with a few letters of misaki's own):

- consonants  p t k b d ɡ m n ŋ f v s z ʂ ʃ ʒ ɕ x h θ ð l ɹ ɻ ɾ T j w ɥ, the affricates
  ʦ (pinyin z, c) ʨ (j, q) ꭧ (zh, ch) ʧ ʤ, and ʰ, the breath after an aspirated consonant
- vowels      a ɑ ɛ e ə ɤ i ɨ ɪ o ɔ u ʊ y ʌ æ ᵊ ᵻ ɜ, and the English diphthongs
  A (day) I (my) O (go) W (now) Y (boy)

Bilabials, which must close the lips, are p b m; f and v are labiodental; w u o ʊ ɔ O W are rounded
and y ɥ are rounded and fronted. Only these sounds appear in a `Speech` timeline: the marks below
lengthen their neighbours, and a pause is simply a stretch of time that no phoneme covers.
"""

TONES = frozenset("↓→↗↘ː")
"""Mandarin tones and length: spoken as part of the sound before them."""

STRESS = frozenset("ˈˌ")
"""English stress: spoken as part of the sound after it."""

SPACE = " "
"""Word boundary: no pause; its time is shared by the sounds around it."""

PAUSES = frozenset(';:,.!?—…"()“”')
"""Punctuation: silence."""

MARKS = TONES | STRESS | PAUSES | {SPACE}


def is_sound(symbol: str) -> bool:
    """Whether a vocabulary symbol is heard by itself."""
    return symbol not in MARKS
