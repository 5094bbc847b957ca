"""Writes test/ops/elementwise/known.json: values and gradients of every elementwise operator as PyTorch computes them, in float64.

    pip install torch
    python tools/pytorch/elementwise.py > test/ops/elementwise/known.json
    npx biome check --write test/ops/elementwise/known.json

The points are numbers that float32 holds. Ties, ends and zeros are among them where this library and PyTorch choose the same gradient. hardSwish is
not asked at −3 and 3: PyTorch has chosen differently from version to version.
"""

import json

import torch
from torch.nn import functional

POINTS = [-30, -4.5, -2.5, -1, -0.75, -0.0009765625, 0, 0.125, 0.5, 1.25, 2, 2.875, 6, 9]
POSITIVE = [x for x in POINTS if x > 0]


def single(value):
    """The option as the library rounds it."""
    return float(torch.tensor(value, dtype=torch.float32))


UNARY = {
    "abs": [({}, POINTS, torch.abs)],
    "clip": [
        ({}, POINTS, lambda x: x.clone()),
        ({"min": -1, "max": 2}, POINTS, lambda x: torch.clamp(x, -1, 2)),
        ({"min": 0.5}, POINTS, lambda x: torch.clamp(x, min=0.5)),
        ({"max": -0.125}, POINTS, lambda x: torch.clamp(x, max=-0.125)),
    ],
    "elu": [({}, POINTS, functional.elu), ({"alpha": 0.3}, POINTS, lambda x: functional.elu(x, single(0.3)))],
    "exp": [({}, POINTS, torch.exp)],
    "gelu": [
        ({}, POINTS, functional.gelu),
        ({"approximate": "tanh"}, POINTS, lambda x: functional.gelu(x, approximate="tanh")),
    ],
    "hardSigmoid": [
        ({}, POINTS, functional.hardsigmoid),
        ({"alpha": 0.2, "beta": 0.4}, POINTS, lambda x: torch.clamp(single(0.2) * x + single(0.4), 0, 1)),
        ({"alpha": -0.25, "beta": 0.875}, POINTS, lambda x: torch.clamp(-0.25 * x + 0.875, 0, 1)),
    ],
    "hardSwish": [({}, POINTS, functional.hardswish)],
    "leakyRelu": [
        ({}, POINTS, lambda x: functional.leaky_relu(x, single(0.01))),
        ({"alpha": 0.3}, POINTS, lambda x: functional.leaky_relu(x, single(0.3))),
        ({"alpha": -0.5}, POINTS, lambda x: functional.leaky_relu(x, -0.5)),
    ],
    "log": [({}, POSITIVE + [0.9999], torch.log)],
    "neg": [({}, POINTS, torch.neg)],
    "relu": [({}, POINTS, torch.relu)],
    "relu6": [({}, POINTS, functional.relu6)],
    "sigmoid": [({}, POINTS, torch.sigmoid)],
    "silu": [({}, POINTS, functional.silu)],
    "softplus": [({}, POINTS, lambda x: functional.softplus(x, threshold=1e9))],
    "sqrt": [({}, POSITIVE, torch.sqrt)],
    "square": [({}, POINTS, torch.square)],
    "tanh": [({}, POINTS, torch.tanh)],
}

PAIRS = [(a, b) for a in (-3, 0, 0.25, 2) for b in (-2, 0, 0.5, 2, 3)]
QUOTIENTS = [(a, b) for a, b in PAIRS if b != 0]

BINARY = {
    "add": (PAIRS, torch.add),
    "div": (QUOTIENTS, torch.div),
    "maximum": (PAIRS, torch.maximum),
    "minimum": (PAIRS, torch.minimum),
    "mul": (PAIRS, torch.mul),
    "pow": (PAIRS, torch.pow),
    "prelu": (PAIRS, lambda x, slope: torch.where(x > 0, x, slope * x)),
    "sub": (PAIRS, torch.sub),
}


def column(values):
    return torch.tensor([single(value) for value in values], dtype=torch.float64, requires_grad=True)


def shown(tensor):
    """JSON has no NaN and no infinities: they are JavaScript's names for them."""
    names = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
    return [names.get(str(value), value) for value in tensor.tolist()]


def known_unary(options, points, function):
    x = column(points)
    y = function(x)
    y.sum().backward()
    return {"options": options, "x": shown(x), "y": shown(y), "dx": shown(x.grad)}


def known_binary(pairs, function):
    a, b = column([a for a, _ in pairs]), column([b for _, b in pairs])
    y = function(a, b)
    y.sum().backward()
    return {"a": shown(a), "b": shown(b), "y": shown(y), "da": shown(a.grad), "db": shown(b.grad)}


print(
    json.dumps(
        {
            "unary": {name: [known_unary(*case) for case in cases] for name, cases in UNARY.items()},
            "binary": {name: known_binary(*case) for name, case in BINARY.items()},
        }
    )
)
