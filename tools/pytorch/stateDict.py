"""Writes test/nn/stateDict/*.json: weights of small nets as PyTorch writes them, with an input and what the net computes from it.

    pip install torch safetensors
    python tools/pytorch/stateDict.py

Each JSON has two safetensors files in base64: the state_dict, and x and y. Images are [N, C, H, W] there.
"""

import base64
import json
import os
import pathlib
import tempfile

import torch
from safetensors.torch import save
from torch import nn
from torch.nn import functional as F

ROOT = pathlib.Path(__file__).resolve().parents[2]


def guide():
    """The net of docs/guides/onnx.md, by the code of the page."""
    page = (ROOT / "docs/guides/onnx.md").read_text()
    code = page.split("## Weights of PyTorch")[1].split("```python\n")[1].split("```")[0]
    scope = {}
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        exec(code, scope)
        os.chdir(ROOT)
    return scope["net"]


class Wide(nn.Module):
    """Modules whose weights have other layouts or names here."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(4, 6, (3, 2), padding=(1, 0), groups=2),
            nn.GroupNorm(3, 6),
            nn.PReLU(6),
            nn.Conv2d(6, 6, 3, padding=1, groups=6, bias=False),
            nn.Conv2d(6, 5, 1),
            nn.ELU(),
        )
        self.up = nn.ConvTranspose2d(5, 3, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(3)
        self.squeeze = nn.Linear(3, 4)
        self.head = nn.Sequential(nn.LayerNorm(4), nn.Linear(4, 2, bias=False))

    def forward(self, x):
        x = self.norm(self.up(self.features(x)))
        return self.head(F.leaky_relu(self.squeeze(x.mean((2, 3)))))


def random_statistics(net):
    for name, value in net.state_dict().items():
        if name.endswith("running_var") or value.dim() == 1 and name.endswith("weight"):
            value.uniform_(0.5, 1.5)
        elif name.endswith("running_mean") or name.endswith("bias"):
            value.uniform_(-0.5, 0.5)


def write(name, net, shape):
    random_statistics(net)
    net.eval()
    x = torch.randn(shape)
    with torch.no_grad():
        y = net(x)
    state = save({name: value.contiguous() for name, value in net.state_dict().items()})
    texts = {key: base64.b64encode(data).decode() for key, data in {"state": state, "case": save({"x": x, "y": y})}.items()}
    (ROOT / f"test/nn/stateDict/{name}.json").write_text(json.dumps(texts, indent=2) + "\n")


torch.manual_seed(1)
write("guide", guide(), (2, 3, 16, 16))
write("wide", Wide(), (2, 4, 6, 5))
# Images last in memory, as some programs train: state_dict's tensors are not contiguous then.
write("last", Wide().to(memory_format=torch.channels_last), (1, 4, 5, 7))
