"""The rewritten vocoder against the operators that it was exported with."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from tools.weights.kokoro_vocoder import Rewriting

CHANNELS, OUTPUTS = 8, 6
Floats = NDArray[np.float32]


def spoken(model: onnx.ModelProto, picture: Floats) -> Floats:
    options = onnxruntime.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", "1")
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    (answer,) = session.run(None, {"x": picture})
    return np.asarray(answer)


def exported(nodes: list[Any], constants: dict[str, NDArray[Any]]) -> onnx.ModelProto:
    graph = helper.make_graph(
        [helper.make_node(kind, i, o, f"/decoder/{o[0]}", **more) for kind, i, o, more in nodes],
        "exported",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, CHANNELS, None])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    domains = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=domains, ir_version=9)


@pytest.mark.parametrize(
    ("taps", "dilation", "stride", "pads", "biased"),
    [(11, 3, 1, [15, 15], True), (12, 1, 6, [3, 3], True), (1, 1, 1, [0, 0], False)],
)
def test_a_convolution_says_the_same_as_a_product(
    taps: int, dilation: int, stride: int, pads: list[int], biased: bool
) -> None:
    random = np.random.default_rng(taps)
    convolve = {"kernel_shape": [taps], "dilations": [dilation], "strides": [stride], "pads": pads}
    nodes = [
        ("DynamicQuantizeLinear", ["x"], ["q", "step", "zero"], {}),
        ("ConvInteger", ["q", "w", "zero", "w_zero"], ["sums"], convolve),
        ("Mul", ["step", "w_step"], ["steps"], {}),
        ("Div", ["bias", "steps"], ["whole"], {}),
        ("Floor", ["whole"], ["floor"], {}),
        ("Cast", ["floor"], ["counted"], {"to": TensorProto.INT32}),
        ("Reshape", ["counted", "shape"], ["column"], {}),
        ("Add", ["sums", "column"], ["with_bias"], {}),
        ("Cast", ["with_bias" if biased else "sums"], ["plain"], {"to": TensorProto.FLOAT}),
        ("Mul", ["plain", "steps"], ["y"], {}),
    ]
    constants = {
        "w": random.integers(0, 256, (OUTPUTS, CHANNELS, taps)).astype(np.uint8),
        "w_zero": np.array(117, np.uint8),
        "w_step": np.array(0.01, np.float32),
        "bias": random.normal(size=OUTPUTS).astype(np.float32),
        "shape": np.array([1, -1, 1]),
    }
    model = exported(nodes if biased else [*nodes[:3], *nodes[-2:]], constants)
    picture = random.normal(size=(1, CHANNELS, 60)).astype(np.float32)
    before = spoken(model, picture)
    rewriting = Rewriting(model.graph, "/decoder/")
    assert rewriting.products_for_convolutions() == 1
    rewriting.finish()
    assert "ConvInteger" not in {node.op_type for node in model.graph.node}
    after = spoken(model, picture)
    # What was added is not rounded down to whole steps of the product any more.
    one_step = 0.01 * float(np.ptp(picture)) / 255
    assert after.shape == before.shape
    assert np.abs(after - before).max() <= 1.01 * one_step


def test_an_instance_norm_in_steps_says_the_same_as_one_node() -> None:
    nodes = [
        ("ReduceMean", ["x", "along"], ["mean"], {}),
        ("Sub", ["x", "mean"], ["around"], {}),
        ("Mul", ["around", "around"], ["squares"], {}),
        ("ReduceMean", ["squares", "along"], ["variance"], {}),
        ("Add", ["variance", "least"], ["kept_up"], {}),
        ("Sqrt", ["kept_up"], ["spread"], {}),
        ("Div", ["around", "spread"], ["even"], {}),
        ("Mul", ["scale", "even"], ["scaled"], {}),
        ("Add", ["scaled", "offset"], ["y"], {}),
    ]
    random = np.random.default_rng(5)
    constants = {
        "along": np.array([2]),
        "least": np.array(1e-5, np.float32),
        "scale": random.normal(size=(1, CHANNELS, 1)).astype(np.float32),
        "offset": random.normal(size=(1, CHANNELS, 1)).astype(np.float32),
    }
    model = exported(nodes, constants)
    picture = random.normal(3, 2, size=(1, CHANNELS, 50)).astype(np.float32)
    before = spoken(model, picture)
    rewriting = Rewriting(model.graph, "/decoder/")
    assert rewriting.norms_for_steps() == 1
    rewriting.finish()
    assert [node.op_type for node in model.graph.node][-1] == "InstanceNormalization"
    assert len(model.graph.node) == 3
    np.testing.assert_allclose(spoken(model, picture), before, atol=1e-4)
