"""The project's VGG16 as ONNX graphs: the same weights file, and the mean and deviation that it states."""
import json

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from report import ROOT
from safetensors import safe_open

BACKBONE = ROOT / "models" / "vgg16" / "vgg16-imagenet.fp16.safetensors"
# Number among torchvision's features, and whether a max-pooling lies before it.
CONVOLUTIONS = ((0, False), (2, False), (5, True), (7, False), (10, True), (12, False), (14, False), (17, True), (19, False), (21, False))
# Pooling of the input and the last convolution of each pass of `pyramid`.
PASSES = ((1, 9), (2, 6), (4, 3))
# Places of conv4_3, conv3_3 and conv2_2 among the convolutions, and how many times finer than S/8 they are.
TAPS = ((9, 1), (6, 2), (3, 4))


def weights():
    """{name: array}, float32; then the input's mean and deviation, [1, 3, 1, 1]."""
    with safe_open(BACKBONE, "np") as file:
        metadata = file.metadata()
        arrays = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}
    normalise = [np.array(json.loads(metadata[key]), np.float32).reshape(1, 3, 1, 1) for key in ("input_mean", "input_std")]
    return arrays, *normalise


class _Pass:
    """A way through the trunk; its nodes go to `nodes`."""

    def __init__(self, nodes, prefix):
        self.nodes, self.prefix = nodes, prefix

    def apply(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [f"{self.prefix}_{output}"], **attributes))
        return f"{self.prefix}_{output}"

    def pool(self, x, kind, side, output):
        return x if side == 1 else self.apply(kind, [x], output, kernel_shape=[side] * 2, strides=[side] * 2)

    def convolutions(self, x, last):
        """Outputs of all to the one at `last`, before and after the ReLU."""
        before, after = [], []
        for index, pooled in CONVOLUTIONS[:last + 1]:
            if pooled:
                x = self.pool(x, "MaxPool", 2, f"{index}_pooled")
            before.append(self.apply("Conv", [x, f"features.{index}.weight", f"features.{index}.bias"], f"{index}", pads=[1] * 4))
            x = self.apply("Relu", [before[-1]], f"{index}_relu")
            after.append(x)
        return before, after


def _save(nodes, outputs, arrays, batch, size, path):
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(nodes, path.stem, [helper.make_tensor_value_info("picture", TensorProto.FLOAT, [batch, 3, size, size])],
                              [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
                              [numpy_helper.from_array(arrays[name], name) for name in sorted(arrays) if name in used])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), path)


def write_pyramid(arrays, batch, size, path):
    """The normalised picture in, the tap of each pass out, before the ReLU."""
    nodes, outputs = [], []
    for pooling, last in PASSES:
        here = _Pass(nodes, f"p{pooling}")
        before, _ = here.convolutions(here.pool("picture", "MaxPool", pooling, "input"), last)
        nodes.pop()  # The last ReLU: nothing reads it.
        outputs.append(before[last])
    _save(nodes, outputs, arrays, batch, size, path)


def write_appearance(arrays, size, path):
    """The normalised picture in; conv4_3, conv3_3 and conv2_2 of the pass over it out, after the ReLU, area-averaged to S/8:
    [1, 512 + 256 + 128, size / 8, size / 8]."""
    nodes = []
    here = _Pass(nodes, "p1")
    _, after = here.convolutions("picture", TAPS[0][0])
    maps = [here.pool(after[place], "AveragePool", finer, f"tap{place}") for place, finer in TAPS]
    _save(nodes, [here.apply("Concat", maps, "features", axis=1)], arrays, 1, size, path)


def session(path, threads):
    """picture, [batch, 3, size, size] -> list of outputs."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    running = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda picture: running.run(None, {"picture": picture})
