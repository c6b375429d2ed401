"""Read a model's files as they were published, brought by an operator: readable, or named.

Pickles are read as plain tensors, never as code.
"""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from gpu_jobs.weights.store import WeightsBroken, WeightsMissing

State = dict[str, Tensor]

_UNREADABLE = (
    SafetensorError,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    RuntimeError,
    OSError,  # what PyTorch raises on some archives that are cut short
    EOFError,
    KeyError,
    TypeError,
    ValueError,
)


class PublishedFiles:
    """The files of one model, in its published layout.

    In messages `model` names them, and `engine` the folder whose README.md says where they go.
    """

    def __init__(self, folder: Path, model: str, engine: str) -> None:
        self.folder = folder
        self._model = model
        self._advice = f"see gpu_jobs/engines/{engine}/README.md for where the published files go"

    def first(self, names: tuple[str, ...]) -> str:
        """The first of `names` that is there; raises WeightsMissing."""
        for name in names:
            if (self.folder / name).is_file():
                return name
        choice = " or ".join(f"{self._model}/{name}" for name in names)
        raise WeightsMissing(f"The model file {choice} is missing; {self._advice}.")

    def json(self, name: str) -> dict[str, Any]:
        """A configuration; raises WeightsMissing, WeightsBroken."""
        try:
            read = json.loads((self.folder / self.first((name,))).read_text(encoding="utf-8"))
        except ValueError as error:
            raise self.broken(name, "is not valid JSON") from error
        if not isinstance(read, dict):
            raise self.broken(name, "holds no configuration")
        return read

    def tensors(self, name: str) -> State:
        """A checkpoint's tensors by name, also from under `state_dict`; raises WeightsBroken."""
        path = self.folder / name
        try:
            if path.suffix == ".safetensors":
                return load_file(path)
            mapped = zipfile.is_zipfile(path)
            state = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
        except _UNREADABLE as error:
            raise self.broken(name, "cannot be read; it may be cut short") from error
        if isinstance(state, Mapping):
            state = state.get("state_dict", state)
        if not isinstance(state, Mapping) or not all(isinstance(v, Tensor) for v in state.values()):
            raise self.broken(name, "holds something else than a network's tensors")
        return dict(state)

    def broken(self, name: str, what: str) -> WeightsBroken:
        """The error that says `what` is wrong with a file."""
        return WeightsBroken(
            f"The model file {self._model}/{name} {what}; copy it again, {self._advice}."
        )
