"""Writes test/onnx/nodes/nodeTests.json: a sample of the node tests of the onnx package (Apache-2.0).

    pip install onnx
    python tools/onnx/nodeTests.py

Inputs that the graph does not compute with become initializers, so that each test is a model with float inputs.
"""

import base64
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases

OPERATORS = """Abs Add ArgMax ArgMin AveragePool BatchNormalization Cast Celu Clip Concat Conv ConvTranspose DepthToSpace Div
Dropout Elu Exp Expand Flatten Gather Gelu Gemm GlobalAveragePool GlobalMaxPool GroupNormalization HardSigmoid HardSwish
Identity InstanceNormalization LayerNormalization LeakyRelu Log LogSoftmax MatMul Max MaxPool Mean Min Mish Mul Neg PRelu
Pad Pow Reciprocal ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceSum
ReduceSumSquare Relu Reshape Resize Selu Sigmoid Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum
Swish Tanh Tile Transpose Unsqueeze Upsample""".split()

# Their further float inputs decide shapes, so they are constants.
ONE_INPUT = {"Clip", "ConvTranspose", "Pad", "Resize", "Upsample"}
# What loadOnnx refuses, and says so.
REFUSED = ("3d", "5d", "with_argmax", "training", "mask", "antialias", "select_last", "empty_set", "bfloat16", "FLOAT8",
           "INT", "FLOAT4", "zero_size", "out_of_bounds", "allowzero", "expanded", "E8M0", "e8m0", "BFLOAT", "STRING",
           "uint8", "sequence", "_opt", "default_ratio")
MOST_VALUES = 1000
MOST_CASES = {"Resize": 40, "ConvTranspose": 20, "Conv": 12, "AveragePool": 20, "MaxPool": 16}


def values(array):
    return [float(str(value)) if np.isfinite(value) else str(value) for value in array.ravel()]


def as_array(value):
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else np.asarray(value)


def main():
    counts = {}
    cases = []
    for case in collect_testcases(None):
        model = case.model
        operator = model.graph.node[0].op_type if len(model.graph.node) == 1 else ""
        if operator not in OPERATORS or any(word in case.name for word in REFUSED):
            continue
        given, expected = case.data_sets[0]
        inputs = [as_array(value) for value in given]
        outputs = [as_array(value) for value in expected]
        if sum(array.size for array in inputs + outputs) > MOST_VALUES:
            continue
        if not all(array.dtype in (np.float32, np.int64, np.int32, np.bool_) for array in inputs + outputs):
            continue
        if not inputs or inputs[0].dtype != np.float32 or counts.get(operator, 0) >= MOST_CASES.get(operator, 6):
            continue
        counts[operator] = counts.get(operator, 0) + 1
        names = [value.name for value in model.graph.input]
        constant = [array.dtype != np.float32 or (i > 0 and operator in ONE_INPUT) for i, array in enumerate(inputs)]
        for name, array, fixed in zip(names, inputs, constant):
            if fixed:
                model.graph.initializer.append(numpy_helper.from_array(array, name))
        kept = [value for value, fixed in zip(model.graph.input, constant) if not fixed]
        del model.graph.input[:]
        model.graph.input.extend(kept)
        cases.append({
            "name": case.name,
            "model": base64.b64encode(model.SerializeToString()).decode(),
            "inputs": {name: {"shape": list(array.shape), "data": values(array)}
                       for name, array, fixed in zip(names, inputs, constant) if not fixed},
            "outputs": {value.name: {"shape": list(array.shape), "data": values(array)}
                        for value, array in zip(model.graph.output, outputs)},
            "rtol": case.rtol,
            "atol": case.atol,
        })
    missing = [name for name in OPERATORS if name not in counts]
    path = pathlib.Path(__file__).parents[2] / "test/onnx/nodes/nodeTests.json"
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    path.write_text(f'{{"source":"onnx {onnx.__version__}, Apache-2.0","cases":[\n{lines}\n]}}\n')
    print(f"{len(cases)} cases; operators without one: {missing}", file=sys.stderr)


main()
