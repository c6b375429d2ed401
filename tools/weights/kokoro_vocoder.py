"""Kokoro's vocoder in operators that ONNX Runtime runs faster on a CPU; it says the same.

Nine tenths of the model's time are the vocoder's quantised convolutions. As exported they multiply
unsigned by unsigned bytes, for which ONNX Runtime has no kernel that uses VNNI instructions; for
unsigned by signed in matrices it has one, twice as fast. So each convolution becomes a product of
the rows that its taps reach and its weights, moved by 128. What it adds is the bias itself, not one
rounded down to the product's steps.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, helper, numpy_helper


class Rewriting:
    """Replaces nodes of a graph whose name begins with `scope` by what gives the same outputs."""

    def __init__(self, graph: onnx.GraphProto, scope: str) -> None:
        self._graph = graph
        self._nodes = [node for node in graph.node if node.name.startswith(scope)]
        self._constants = {tensor.name: tensor for tensor in graph.initializer}
        self._makers = {output: node for node in graph.node for output in node.output}
        self._takers: dict[str, list[NodeProto]] = defaultdict(list)
        for node in graph.node:
            for name in node.input:
                self._takers[name].append(node)
        # By the output that they give, which is then given by the last of them.
        self._instead: dict[str, list[NodeProto]] = {}

    def products_for_convolutions(self) -> int:
        """A matrix product for each quantised one-dimensional convolution; how many there were."""
        found = [node for node in self._nodes if node.op_type == "ConvInteger"]
        for node in found:
            self._replace_convolution(node)
        return len(found)

    def norms_for_steps(self) -> int:
        """One node for each instance norm in steps (mean, variance, scale, shift); how many."""
        self._constants.setdefault("flat", numpy_helper.from_array(np.array([-1]), "flat"))
        shifted = [
            (node, shift)
            for node in self._nodes
            if node.op_type == "Div" and self._is_spread(node)
            for scaled in self._takers[node.output[0]]
            for shift in self._takers[scaled.output[0]]
        ]
        for node, shift in shifted:
            self._replace_norm(node, shift)
        return len(shifted)

    def finish(self) -> None:
        """Write the graph, without what nothing needs any more."""
        nodes = [
            new for node in self._graph.node for new in self._instead.get(node.output[0], [node])
        ]
        needed = {output.name for output in self._graph.output}
        kept = []
        for node in reversed(nodes):
            if not needed.isdisjoint(node.output):
                kept.append(node)
                needed.update(node.input)
        constants = [tensor for name, tensor in self._constants.items() if name in needed]
        del self._graph.node[:], self._graph.initializer[:]
        self._graph.node.extend(reversed(kept))
        self._graph.initializer.extend(constants)

    def _replace_convolution(self, node: NodeProto) -> None:
        convolution = self._convolution(node)
        outputs, inputs, taps = convolution.weights.shape
        moved = (convolution.weights.astype(np.int16) - 128).astype(np.int8)
        new = _Nodes(f"{node.name}/product", self._constants)
        rows = new.add("Transpose", convolution.picture, perm=[0, 2, 1])
        ends = new.constant("ends", np.array(convolution.pads))
        along = new.constant("along", np.array([1]))
        rows = new.add("Pad", rows, ends, convolution.zero, along)
        if taps > 1:
            reach = convolution.dilation * np.arange(taps)
            length = new.add("Shape", rows, start=1, end=2)
            count = new.add("Sub", length, new.constant("reach", reach[-1:]))
            first = new.constant("first", np.array(0))
            step = new.constant("step", np.array(convolution.stride))
            starts = new.add("Range", first, new.add("Squeeze", count), step)
            column = new.add("Unsqueeze", starts, along)
            places = new.add("Add", column, new.constant("taps", reach[None]))
            rows = new.add("Gather", rows, places, axis=1)
            shape = new.constant("shape", np.array([1, -1, taps * inputs]))
            rows = new.add("Reshape", rows, shape)
        product = new.add(
            "MatMulIntegerToFloat",
            rows,
            new.constant("weights", moved.transpose(2, 1, 0).reshape(-1, outputs)),
            convolution.step,
            convolution.weights_step,
            convolution.zero,
            new.constant("zero", (convolution.weights_zero.astype(np.int16) - 128).astype(np.int8)),
            *([convolution.bias] if convolution.bias else []),
            domain="com.microsoft",
        )
        new.add("Transpose", product, output=convolution.output, perm=[0, 2, 1])
        self._instead[convolution.output] = new.made

    def _convolution(self, node: NodeProto) -> _Convolution:
        """The convolution with what follows it: bias, as whole steps, and its step."""
        options = {one.name: helper.get_attribute_value(one) for one in node.attribute}
        if options.get("group", 1) != 1 or len(options["kernel_shape"]) != 1:
            raise ValueError(f"{node.name} is no plain convolution along one axis")
        (after,) = self._takers[node.output[0]]
        bias = ""
        if after.op_type == "Add":
            at = self._makers[_other(after, node.output[0])]
            while at.op_type != "Div":
                at = self._makers[at.input[0]]
            bias = at.input[0]
            (after,) = self._takers[after.output[0]]
        (scaled,) = self._takers[after.output[0]]
        steps = self._makers[_other(scaled, after.output[0])]
        (weights_step,) = (name for name in steps.input if name in self._constants)
        return _Convolution(
            picture=node.input[0],
            zero=node.input[2],
            step=_other(steps, weights_step),
            weights=self._value(node.input[1]),
            weights_zero=self._value(node.input[3]),
            weights_step=weights_step,
            bias=bias,
            output=scaled.output[0],
            pads=options.get("pads", [0, 0]),
            dilation=options.get("dilations", [1])[0],
            stride=options.get("strides", [1])[0],
        )

    def _is_spread(self, node: NodeProto) -> bool:
        """Whether it divides what lies around a mean by a root of a variance."""
        makers = (self._makers.get(name) for name in node.input)
        return [maker and maker.op_type for maker in makers] == ["Sub", "Sqrt"]

    def _replace_norm(self, node: NodeProto, shift: NodeProto) -> None:
        around, root = (self._makers[name] for name in node.input)
        (least,) = (n for n in self._makers[root.input[0]].input if n in self._constants)
        (scaled,) = (name for name in shift.input if node in self._makers_before(name))
        new = _Nodes(f"{shift.name}/norm", self._constants)
        scale = new.add("Reshape", _other(self._makers[scaled], node.output[0]), "flat")
        offset = new.add("Reshape", _other(shift, scaled), "flat")
        new.add(
            "InstanceNormalization",
            around.input[0],
            scale,
            offset,
            output=shift.output[0],
            epsilon=float(self._value(least)),
        )
        self._instead[shift.output[0]] = new.made

    def _makers_before(self, name: str) -> list[NodeProto]:
        maker = self._makers.get(name)
        return (
            []
            if maker is None
            else [self._makers[one] for one in maker.input if one in self._makers]
        )

    def _value(self, name: str) -> NDArray[Any]:
        return numpy_helper.to_array(self._constants[name])


@dataclass(frozen=True, slots=True)
class _Convolution:
    """A quantised convolution (1, C, L) → (1, D, M): names of tensors, and `weights` (D, C, k)."""

    picture: str
    zero: str
    step: str
    weights: NDArray[np.uint8]
    weights_zero: NDArray[np.uint8]
    weights_step: str
    bias: str
    output: str
    pads: list[int]
    dilation: int
    stride: int


class _Nodes:
    """New nodes one after another, named below `prefix`."""

    def __init__(self, prefix: str, constants: dict[str, onnx.TensorProto]) -> None:
        self._prefix, self._constants = prefix, constants
        self.made: list[NodeProto] = []

    def add(self, kind: str, *inputs: str, output: str = "", **options: Any) -> str:
        """The output of a new node, by default named as the node."""
        name = f"{self._prefix}/{len(self.made)}"
        self.made.append(helper.make_node(kind, inputs, [output or name], name, **options))
        return output or name

    def constant(self, name: str, value: NDArray[Any]) -> str:
        """A constant's name."""
        whole = f"{self._prefix}/{name}"
        self._constants[whole] = numpy_helper.from_array(np.ascontiguousarray(value), whole)
        return whole


def _other(node: NodeProto, name: str) -> str:
    """The input of a node with two that is not `name`."""
    (other,) = (one for one in node.input if one != name)
    return str(other)
