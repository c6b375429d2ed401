"""The common subset of SSML 1.1 (https://www.w3.org/TR/speech-synthesis11/), read and checked.

`parser` turns a document into a `Script`: the text without its tags, and what is asked for at which
places of it. It knows positions, `values` what attributes may hold; who speaks sees scripts alone.
"""

from dh_core.specs.ssml.parser import SsmlError, TextType, blanked, parse, read
from dh_core.specs.ssml.script import (
    PLAIN,
    Break,
    Kind,
    Mark,
    Phoneme,
    Prosody,
    ProsodyChange,
    SayAs,
    Script,
    Sub,
)

__all__ = [
    "PLAIN",
    "Break",
    "Kind",
    "Mark",
    "Phoneme",
    "Prosody",
    "ProsodyChange",
    "SayAs",
    "Script",
    "SsmlError",
    "Sub",
    "TextType",
    "blanked",
    "parse",
    "read",
]
