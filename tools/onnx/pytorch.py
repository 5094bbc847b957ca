"""Writes test/onnx/pytorch/*.json: small nets as PyTorch's torch.onnx.export writes them, with an input and its output.

    pip install torch
    python tools/onnx/pytorch.py
"""

import base64
import io
import json
import pathlib

import torch
from torch import nn
from torch.nn import functional as F

FOLDER = pathlib.Path(__file__).parents[2] / "test/onnx/pytorch"


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 4, 5, padding=2)
        self.conv2 = nn.Conv2d(4, 6, 5)
        self.fc1 = nn.Linear(6 * 5 * 5, 16)
        self.fc2 = nn.Linear(16, 10)
        self.dropout = nn.Dropout(0.25)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        return self.fc2(self.dropout(F.relu(self.fc1(x))))


class ResidualBlock(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 8, 3, padding=1, bias=False, groups=2)
        self.bn2 = nn.BatchNorm2d(8)
        self.shortcut = nn.Conv2d(3, 8, 1, stride=2)
        self.fc = nn.Linear(8, 5)
        for bn in (self.bn1, self.bn2):
            nn.init.uniform_(bn.weight, 0.5, 1.5)
            nn.init.uniform_(bn.running_mean, -0.5, 0.5)
            nn.init.uniform_(bn.running_var, 0.5, 1.5)

    def forward(self, x):
        y = F.silu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))
        y = F.adaptive_avg_pool2d(y, 1)
        return self.fc(torch.flatten(y, 1))


class UNet(nn.Module):
    """Sizes vary: the way up takes them from the way down."""

    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(1, 4, 3, padding=1)
        self.deep = nn.Conv2d(4, 4, 3, padding=1)
        self.up = nn.ConvTranspose2d(4, 4, 2, stride=2)
        self.last = nn.Conv2d(8, 2, 1)
        self.act = nn.PReLU(4)

    def forward(self, x):
        a = self.act(self.down(x))
        b = F.gelu(self.deep(F.avg_pool2d(a, 2)))
        c = self.up(b)
        d = F.interpolate(b, size=a.shape[2:], mode="bilinear", align_corners=False)
        y = self.last(torch.cat([a, c + d], 1))
        y = F.pad(y, (1, 2, 0, 1), mode="reflect")
        return torch.sigmoid(F.interpolate(y, scale_factor=2, mode="nearest"))


class Attention(nn.Module):
    """Patches of an image attend to each other."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(3, 8, 4, stride=4)
        self.norm = nn.LayerNorm(8)
        self.qkv = nn.Linear(8, 24)
        self.out = nn.Linear(8, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        b, n, c = x.shape
        q, k, v = self.qkv(self.norm(x)).reshape(b, n, 3, 2, c // 2).permute(2, 0, 3, 1, 4).unbind(0)
        weights = F.softmax(q @ k.transpose(-2, -1) / (c // 2) ** 0.5, dim=-1)
        x = x + self.out((weights @ v).transpose(1, 2).reshape(b, n, c))
        # Channels are shuffled, as in ShuffleNet.
        x = x.transpose(1, 2).reshape(b, 2, c // 2, 4, n // 4).transpose(1, 2).reshape(b, c, 4, n // 4)
        return self.head(x.mean(dim=(2, 3)))


def save(name, net, shape, other, axes, **options):
    torch.manual_seed(1)
    net.eval()
    x = torch.randn(shape)
    file = io.BytesIO()
    dynamic = {"x": axes, "y": {0: "batch"}} if axes else None
    torch.onnx.export(net, x, file, input_names=["x"], output_names=["y"], dynamic_axes=dynamic, **options)
    cases = []
    for given in [shape, other]:
        x = torch.randn(given)
        with torch.no_grad():
            y = net(x)
        flat = lambda t: [float(f"{v:.7g}") for v in t.flatten().tolist()]
        cases.append({"x": {"shape": list(x.shape), "data": flat(x)}, "y": {"shape": list(y.shape), "data": flat(y)}})
    model = base64.b64encode(file.getvalue()).decode()
    (FOLDER / f"{name}.json").write_text(json.dumps({"model": model, "cases": cases}, separators=(",", ":")) + "\n")


torch.manual_seed(0)
save("lenet", LeNet(), (1, 1, 28, 28), (3, 1, 28, 28), {0: "batch"})
save("fixed", LeNet(), (1, 1, 28, 28), (2, 1, 28, 28), None, opset_version=9)
save("residual", ResidualBlock(), (2, 3, 12, 12), (1, 3, 12, 12), {0: "batch"}, opset_version=13,
     training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)
save("unet", UNet(), (1, 1, 12, 16), (2, 1, 20, 14), {0: "batch", 2: "h", 3: "w"}, opset_version=16)
save("attention", Attention(), (1, 3, 16, 16), (3, 3, 16, 16), {0: "batch"}, opset_version=16)
