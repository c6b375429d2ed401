"""The network that hears lips, and how it is written as ONNX.

A small dilated temporal convolution net (van den Oord et al. 2016, WaveNet; Bai et al. 2018, TCN),
not causal: 20 cepstra at 100 Hz in; opening, width and the logits of speaking and lips-closed out.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from gpu_jobs.audio.speech_features import FloatArray

CEPSTRA, OUTPUTS = 20, 4
KERNEL = 5
DILATIONS = (1, 2, 4, 2, 1)


class VisemeNet(nn.Module):
    """(B, 20, N) → (B, 4, N); frames further than 0.22 s apart do not hear each other."""

    mean: Tensor
    scale: Tensor

    def __init__(self, mean: FloatArray, scale: FloatArray, width: int, dropout: float) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean)[:, None])
        self.register_buffer("scale", torch.tensor(scale)[:, None])
        layers: list[nn.Module] = [nn.Conv1d(CEPSTRA, width, KERNEL, padding=KERNEL // 2)]
        for dilation in DILATIONS:
            padding = dilation * (KERNEL // 2)
            layers += [nn.ReLU(), nn.Dropout(dropout)]
            layers += [nn.Conv1d(width, width, KERNEL, padding=padding, dilation=dilation)]
        layers += [nn.ReLU(), nn.Conv1d(width, OUTPUTS, 1)]
        self.layers = nn.Sequential(*layers)

    def normalised(self, cepstra: Tensor) -> Tensor:
        """Cepstra with the training set's mean and scale removed."""
        scaled: Tensor = (cepstra - self.mean) / self.scale
        return scaled

    def forward(self, normalised: Tensor) -> Tensor:
        """Opening, width, and two logits."""
        curves: Tensor = self.layers(normalised)
        return curves


def export(nets: Sequence[VisemeNet], path: Path, **notes: str) -> None:
    """Write the mean of several networks as one ONNX file: `cepstra` (1, 20, N) → `curves`.

    `curves` (1, 4, N): opening, width, and the probabilities of speaking and of closed lips.
    Weights are kept as float16, which halves the file; it computes in float32.
    """
    nodes: list[onnx.NodeProto] = []
    constants: list[onnx.TensorProto] = []
    members = [_member(net, f"n{index}", nodes, constants) for index, net in enumerate(nets)]
    nodes += [
        helper.make_node("Mean", members, ["mean"]),
        helper.make_node("Split", ["mean"], ["shape", "logits"], axis=1, num_outputs=2),
        helper.make_node("Sigmoid", ["logits"], ["probabilities"]),
        helper.make_node("Concat", ["shape", "probabilities"], ["curves"], axis=1),
    ]
    graph = helper.make_graph(
        nodes,
        "visemes",
        [helper.make_tensor_value_info("cepstra", TensorProto.FLOAT, [1, CEPSTRA, "N"])],
        [helper.make_tensor_value_info("curves", TensorProto.FLOAT, [1, OUTPUTS, "N"])],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, notes)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _member(
    net: VisemeNet, name: str, nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto]
) -> str:
    """Append one network's nodes and weights; gives the name of its output."""

    def constant(label: str, tensor: Tensor) -> str:
        array = tensor.detach().numpy().astype(np.float16)
        constants.append(numpy_helper.from_array(array, f"{name}_{label}_half"))
        wide = f"{name}_{label}"
        nodes.append(helper.make_node("Cast", [f"{wide}_half"], [wide], to=TensorProto.FLOAT))
        return wide

    mean, scale = constant("mean", net.mean), constant("scale", net.scale)
    nodes.append(helper.make_node("Sub", ["cepstra", mean], [f"{name}_centred"]))
    nodes.append(helper.make_node("Div", [f"{name}_centred", scale], [f"{name}_scaled"]))
    current = f"{name}_scaled"
    for index, layer in enumerate(net.layers):
        output = f"{name}_{index}"
        if isinstance(layer, nn.ReLU):
            nodes.append(helper.make_node("Relu", [current], [output]))
        elif isinstance(layer, nn.Conv1d):
            assert layer.bias is not None
            weights = [
                constant(f"{index}_weight", layer.weight),
                constant(f"{index}_bias", layer.bias),
            ]
            padding = int(layer.padding[0])
            nodes.append(
                helper.make_node(
                    "Conv",
                    [current, *weights],
                    [output],
                    dilations=list(layer.dilation),
                    pads=[padding, padding],
                )
            )
        else:  # dropout does nothing outside training
            continue
        current = output
    return current
