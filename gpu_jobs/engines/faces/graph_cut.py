"""Cut a TFLite model into parts that LiteRT can run, where it holds operators that LiteRT lacks."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any

import flatbuffers
from ai_edge_litert import schema_py_generated as schema

_IDENTIFIER = b"TFL3"


class Graph:
    """The one graph of a model file. Tensors go by their numbers."""

    def __init__(self, content: bytes) -> None:
        self._model: Any = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(content, 0))
        self._graph: Any = self._model.subgraphs[0]
        self._maker = {
            int(tensor): number
            for number, operator in enumerate(self._graph.operators)
            for tensor in operator.outputs
        }

    @property
    def inputs(self) -> list[int]:
        """What the whole model takes."""
        return [int(tensor) for tensor in self._graph.inputs]

    def tensor(self, name: str) -> int:
        """The tensor of a name; raises StopIteration where there is none."""
        tensors = enumerate(self._graph.tensors)
        return next(number for number, tensor in tensors if tensor.name == name.encode())

    def operators(self, kind: str) -> list[tuple[list[int], list[int]]]:
        """What each operator of a custom kind takes and gives, in their order."""
        codes = self._model.operatorCodes
        return [
            ([int(tensor) for tensor in found.inputs], [int(tensor) for tensor in found.outputs])
            for found in self._graph.operators
            if codes[found.opcodeIndex].customCode == kind.encode()
        ]

    def part(self, inputs: list[int], outputs: list[int]) -> bytes:
        """The model that computes `outputs` from `inputs`, and nothing else."""
        graph, model = copy(self._graph), copy(self._model)
        graph.inputs, graph.outputs = inputs, outputs
        graph.operators = [
            self._graph.operators[number] for number in self._between(inputs, outputs)
        ]
        model.subgraphs, model.signatureDefs, model.metadata = [graph], [], []
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(model.Pack(builder), file_identifier=_IDENTIFIER)
        return bytes(builder.Output())

    def _between(self, inputs: Iterable[int], outputs: Iterable[int]) -> list[int]:
        """The operators needed for `outputs` where `inputs` are given, in the graph's order."""
        known, wanted, needed = set(inputs), list(outputs), set[int]()
        while wanted:
            tensor = wanted.pop()
            if tensor in known:
                continue
            known.add(tensor)
            if (number := self._maker.get(tensor)) is not None and number not in needed:
                needed.add(number)
                wanted += (int(source) for source in self._graph.operators[number].inputs)
        return sorted(needed)
