"""What makes the import of the API cheap, and how a server takes it back.

A function is imported before its first request, and an execution environment serves one request
at a time. A server has all the time before its first request, and threads.

Modules that declare models do without `from __future__ import annotations`: Pydantic would compile
each annotation of its own, 4 % of the import.
"""

from __future__ import annotations

import gc
import warnings
from typing import Final

from pydantic import BaseModel

_OBJECTS_OF_AN_IMPORT: Final = 100_000


def prepare() -> None:
    """Before FastAPI is imported: its own models are half of those that are not built."""
    # All these objects stay. At the usual threshold the collector goes through them again and
    # again, some 6 % of the import, and finds nothing.
    gc.set_threshold(_OBJECTS_OF_AN_IMPORT, 20, 20)
    # A model's validator is made when it is first used; a request uses a few of the 130. Without
    # this an import takes a fifth more (677 and 815 ms of processor time in one run).
    BaseModel.model_config["defer_build"] = True
    # FastAPI silences this while it makes the validator of a body, which is now made later.
    warnings.filterwarnings("ignore", "The 'alias' attribute with value 'body'", UserWarning)


def build_models(base: type[BaseModel] = BaseModel) -> None:
    """Make what was put off: two threads must not make the same validator at once."""
    for model in base.__subclasses__():
        model.model_rebuild(raise_errors=False)
        build_models(model)
