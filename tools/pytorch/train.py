"""Carries out trainings with PyTorch, in float64. tools/pytorch/compare.ts starts it.

It reads a list of trainings as JSON from standard input, each with the numbers that it starts with, and writes the list of their results: the loss
of each step, all weights after the last, and for each weight which of its numbers have a true gradient of zero, or follow one that has.

Layers, losses and optimizers are PyTorch's functions where their definitions are the same. Where this library follows Keras instead, the definition
is written out here.
"""

import json
import math
import sys

import torch
from torch.nn import functional

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)

ZERO_GRADIENT = 1e-9
"""A number whose gradients are all below this share of the network's largest gradient has a true gradient of zero: float64 rounds to about 1e-16."""

ACTIVATIONS = {
    "none": lambda x: x,
    "relu": torch.relu,
    "leakyRelu": functional.leaky_relu,
    "relu6": functional.relu6,
    "elu": functional.elu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "softplus": lambda x: functional.softplus(x, threshold=1e9),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "hardSigmoid": functional.hardsigmoid,
    "hardSwish": functional.hardswish,
    "softmax": lambda x: torch.softmax(x, -1),
    "logSoftmax": lambda x: torch.log_softmax(x, -1),
}


def channels_first(x):
    return x.permute(0, 3, 1, 2)


def channels_last(x):
    return x.permute(0, 2, 3, 1)


def padded(x, window, strides, padding, dilations=(1, 1), value=0.0):
    """x [N, C, H, W] with the padding of a window. "same" is TensorFlow's: an odd element is at the end."""
    if padding == "valid":
        sides = [0, 0, 0, 0]
    elif padding == "same":
        sides = []
        for extent, size, stride, dilation in zip(x.shape[2:], window, strides, dilations):
            reach = (size - 1) * dilation + 1
            total = max((math.ceil(extent / stride) - 1) * stride + reach - extent, 0)
            sides += [total // 2, total - total // 2]
    else:
        sides = [padding] * 4 if isinstance(padding, int) else padding
    top, bottom, left, right = sides
    return functional.pad(x, (left, right, top, bottom), value=value)


def convolved(x, kernel, bias, config, groups):
    x = padded(channels_first(x), kernel.shape[:2], config["strides"], config["padding"], config["dilationRate"])
    y = functional.conv2d(x, kernel.permute(3, 2, 0, 1), bias, config["strides"], 0, config["dilationRate"], groups)
    return channels_last(y)


def conv2d(x, config, weights):
    return convolved(x, weights["kernel"], weights.get("bias"), config, config["groups"])


def depthwise_conv2d(x, config, weights):
    return convolved(x, weights["kernel"], weights.get("bias"), config, x.shape[3])


def separable_conv2d(x, config, weights):
    between = convolved(x, weights["depthwiseKernel"], None, config, x.shape[3])
    y = torch.einsum("nhwc,ck->nhwk", between, weights["pointwiseKernel"][0, 0])
    return y + weights["bias"] if "bias" in weights else y


def conv2d_transpose(x, config, weights):
    kernel = weights["kernel"]
    strides, dilations, padding = config["strides"], config["dilationRate"], config["padding"]
    y = functional.conv_transpose2d(channels_first(x), kernel.permute(3, 2, 0, 1), None, strides, dilation=dilations)
    for axis, (size, stride, dilation) in enumerate(zip(kernel.shape[:2], strides, dilations)):
        extent = y.shape[2 + axis]
        begin = end = 0
        if padding == "same":
            # The output's extent is the input's times the stride. A window smaller than the stride leaves zeros.
            total = extent - x.shape[1 + axis] * stride
            begin, end = (total // 2, total - total // 2) if total > 0 else (0, total)
        elif padding == "valid":
            # As in Keras: a window smaller than the stride leaves zeros at the end.
            end = min((size - 1) * dilation + 1 - stride, 0)
        else:
            begin, end = [padding] * 2 if isinstance(padding, int) else padding[2 * axis : 2 * axis + 2]
        cut = [0, 0, -begin, -end] if axis == 0 else [-begin, -end, 0, 0]
        y = functional.pad(y, cut)
    y = channels_last(y)
    return y + weights["bias"] if "bias" in weights else y


def dense(x, config, weights):
    y = x @ weights["kernel"]
    return y + weights["bias"] if "bias" in weights else y


def max_pooling2d(x, config, weights):
    size, strides = config["poolSize"], config["strides"]
    x = padded(channels_first(x), size, strides, config["padding"], value=-math.inf)
    return channels_last(functional.max_pool2d(x, size, strides))


def average_pooling2d(x, config, weights):
    """Padding does not count."""
    size, strides, padding = config["poolSize"], config["strides"], config["padding"]
    x = channels_first(x)
    sums = functional.avg_pool2d(padded(x, size, strides, padding), size, strides, divisor_override=1)
    counts = functional.avg_pool2d(padded(torch.ones_like(x), size, strides, padding), size, strides, divisor_override=1)
    return channels_last(sums / counts)


def global_average_pooling2d(x, config, weights):
    return x.mean((1, 2), keepdim=config["keepDims"])


def global_max_pooling2d(x, config, weights):
    y = functional.adaptive_max_pool2d(channels_first(x), 1)
    return channels_last(y) if config["keepDims"] else y[:, :, 0, 0]


def up_sampling2d(x, config, weights):
    options = {"mode": "nearest"} if config["interpolation"] == "nearest" else {"mode": "bilinear", "align_corners": False}
    sizes = [extent * factor for extent, factor in zip(x.shape[1:3], config["size"])]
    return channels_last(functional.interpolate(channels_first(x), sizes, **options))


def zero_padding2d(x, config, weights):
    (top, bottom), (left, right) = config["padding"]
    return functional.pad(x, (0, 0, left, right, top, bottom))


def cropping2d(x, config, weights):
    (top, bottom), (left, right) = config["cropping"]
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


def scale_and_shift(x, weights):
    """Ones and zeros if a layer has none: PyTorch 1.13 fails at the gradients of a shift without a scale."""
    channels = x.shape[-1:]
    return weights.get("gamma", torch.ones(channels)), weights.get("beta", torch.zeros(channels))


def layer_normalization(x, config, weights):
    return functional.layer_norm(x, x.shape[-1:], *scale_and_shift(x, weights), config["epsilon"])


def group_normalization(x, config, weights):
    gamma, beta = scale_and_shift(x, weights)
    return channels_last(functional.group_norm(channels_first(x), config["groups"], gamma, beta, config["epsilon"]))


def dropout(x, config, weights):
    if config["rate"] != 0:
        raise ValueError("PyTorch drops other values, so only a rate of 0 can be compared")
    return x


LAYERS = {
    "Activation": lambda x, config, weights: x,
    "AveragePooling2D": average_pooling2d,
    "Conv2D": conv2d,
    "Conv2DTranspose": conv2d_transpose,
    "Cropping2D": cropping2d,
    "Dense": dense,
    "DepthwiseConv2D": depthwise_conv2d,
    "Dropout": dropout,
    "Flatten": lambda x, config, weights: x.flatten(1),
    "GlobalAveragePooling2D": global_average_pooling2d,
    "GlobalMaxPooling2D": global_max_pooling2d,
    "GroupNormalization": group_normalization,
    "LayerNormalization": layer_normalization,
    "MaxPooling2D": max_pooling2d,
    "Reshape": lambda x, config, weights: x.reshape([len(x), *config["targetShape"]]),
    "SeparableConv2D": separable_conv2d,
    "UpSampling2D": up_sampling2d,
    "ZeroPadding2D": zero_padding2d,
}

MERGES = {
    "Add": lambda x, config: sum(x[1:], x[0]),
    "Concatenate": lambda x, config: torch.cat(x, config["axis"]),
    "Multiply": lambda x, config: math.prod(x[1:], start=x[0]),
}


def number_of(reference):
    return reference["$layer"]


class Network:
    """A model from its architecture, with weights by name."""

    def __init__(self, architecture, weights):
        self.layers = architecture["layers"]
        self.root = architecture["root"]
        self.weights = weights
        self.paths = {}
        """The names of the layers by number: that of its first place in the model."""
        self.places = {}
        """The layers around each, from the outermost to itself, for each of its places."""
        self.visit(self.root, "", [])

    def parts(self, number):
        layer = self.layers[number]
        if layer["class"] == "Sequential":
            parts = layer["layers"]
        elif layer["class"] == "Model":
            parts = [node["layer"] for node in layer["nodes"]]
        elif layer["class"] == "Residual":
            parts = [number_of(part) for part in layer["config"]["layers"] + layer["config"]["shortcut"]]
        else:
            parts = []
        return list(dict.fromkeys(parts))

    def visit(self, number, path, around):
        self.paths.setdefault(number, path)
        self.places.setdefault(number, []).append([*around, number])
        counts = {}
        for part in self.parts(number):
            name = self.layers[part]["name"]
            count = counts.get(name, 0)
            counts[name] = count + 1
            own = name if count == 0 else f"{name}_{count}"
            self.visit(part, f"{path}.{own}" if path else own, [*around, number])

    def names(self, number):
        """The names of a layer's own weights, by what the layer calls them."""
        prefix = f"{self.paths[number]}."
        own = [name for name in self.weights if name.startswith(prefix) and "." not in name[len(prefix) :]]
        return {name[len(prefix) :]: name for name in own}

    def trained(self):
        """The names of the weights that training changes."""
        names = []
        for number, places in self.places.items():
            if not any(all(self.layers[around]["trainable"] for around in place) for place in places):
                continue
            names += [name for leaf, name in self.names(number).items() if not leaf.startswith("moving")]
        return names

    def outputs(self, inputs):
        return self.call(self.root, inputs, False)

    def call(self, number, x, frozen):
        layer = self.layers[number]
        frozen = frozen or not layer["trainable"]
        kind = layer["class"]
        if kind == "Sequential":
            return self.chain(layer["layers"], x, frozen)
        if kind == "Model":
            return self.graph(layer, x, frozen)
        config = layer["config"]
        if kind in MERGES:
            return [MERGES[kind](x, config)]
        if kind == "Residual":
            main = self.chain([number_of(part) for part in config["layers"]], x, frozen)[0]
            shortcut = self.chain([number_of(part) for part in config["shortcut"]], x, frozen)[0]
            y = main + shortcut
        elif kind == "BatchNormalization":
            y = self.batch_normalization(x[0], config, self.names(number), frozen)
        else:
            y = LAYERS[kind](x[0], config, {leaf: self.weights[name] for leaf, name in self.names(number).items()})
        return [ACTIVATIONS[config.get("activation", "none")](y)]

    def chain(self, numbers, x, frozen):
        for number in numbers:
            x = self.call(number, x, frozen)
        return x

    def graph(self, model, inputs, frozen):
        values = []

        def value(reference):
            node, output = reference
            return inputs[output] if node == -1 else values[node][output]

        for node in model["nodes"]:
            values.append(self.call(node["layer"], [value(reference) for reference in node["inputs"]], frozen))
        return [value(reference) for reference in model["outputs"].values()]

    def batch_normalization(self, x, config, names, frozen):
        """The moving variance follows the biased one, as in Keras."""
        axes = tuple(range(x.dim() - 1))
        moving = [names["movingMean"], names["movingVariance"]]
        if frozen:
            mean, variance = [self.weights[name] for name in moving]
        else:
            mean, variance = x.mean(axes), x.var(axes, unbiased=False)
            for name, batch in zip(moving, (mean, variance)):
                share = config["momentum"]
                self.weights[name] = share * self.weights[name] + (1 - share) * batch.detach()
        y = (x - mean) / torch.sqrt(variance + config["epsilon"])
        if "gamma" in names:
            y = y * self.weights[names["gamma"]]
        return y + self.weights[names["beta"]] if "beta" in names else y


def losses_of(loss, output, target):
    """The losses as far as they are not yet one number: all but dice's."""
    name = loss["name"]
    if name == "softmaxCrossEntropy":
        logits = output.reshape(-1, output.shape[-1])
        labels = target.flatten().long() if target.numel() == len(logits) else target.reshape(logits.shape)
        smoothing = loss.get("labelSmoothing", 0)
        return functional.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
    target = target.reshape(output.shape)
    if name == "dice":
        return 1 - 2 * (output * target).sum() / (output.sum() + target.sum() + 1e-7)
    if name == "binaryCrossEntropy":
        return functional.binary_cross_entropy_with_logits(output, target, reduction="none")
    if name == "huber":
        return functional.huber_loss(output, target, reduction="none", delta=loss.get("delta", 1))
    functions = {"meanSquaredError": functional.mse_loss, "meanAbsoluteError": functional.l1_loss}
    return functions[name](output, target, reduction="none")


def loss_of(loss, output, target, sample_weight):
    losses = losses_of(loss, output, target)
    if sample_weight is None:
        return losses.mean()
    return (losses.reshape(len(output), -1).mean(1) * sample_weight).mean()


def rate_at(rate, step):
    if isinstance(rate, (int, float)):
        return rate
    if rate["schedule"] == "exponentialDecay":
        periods = step / rate["decaySteps"]
        return rate["initial"] * rate["decayRate"] ** (math.floor(periods) if rate["staircase"] else periods)
    if rate["schedule"] == "piecewiseConstant":
        piece = sum(step > boundary for boundary in rate["boundaries"])
        return rate["values"][piece]
    warmup = rate["warmupSteps"]
    if step < warmup:
        return rate["initial"] * step / warmup
    done = min((step - warmup) / rate["decaySteps"], 1)
    return rate["initial"] * (rate["alpha"] + (1 - rate["alpha"]) * (1 + math.cos(math.pi * done)) / 2)


class RMSprop:
    """Keras's: epsilon is inside the root, and the learning rate inside the velocity."""

    def __init__(self, parameters, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, weightDecay=0.0):
        self.parameters = parameters
        self.settings = (rho, momentum, epsilon, centered, weightDecay)
        self.state = [[torch.zeros_like(w) for _ in range(3)] for w in parameters]

    def step(self, rate):
        rho, momentum, epsilon, centered, decay = self.settings
        for w, (v, m, velocity) in zip(self.parameters, self.state):
            g = w.grad + decay * w
            v.mul_(rho).add_((1 - rho) * g**2)
            m.mul_(rho).add_((1 - rho) * g)
            variance = torch.clamp(v - m**2, min=0) if centered else v
            velocity.mul_(momentum).add_(rate * g / torch.sqrt(variance + epsilon))
            w.sub_(velocity)


class Adagrad:
    """Keras's: epsilon is inside the root."""

    def __init__(self, parameters, initialAccumulatorValue=0.1, epsilon=1e-7, weightDecay=0.0):
        self.parameters = parameters
        self.settings = (epsilon, weightDecay)
        self.state = [torch.full_like(w, initialAccumulatorValue) for w in parameters]

    def step(self, rate):
        epsilon, decay = self.settings
        for w, accumulator in zip(self.parameters, self.state):
            g = w.grad + decay * w
            accumulator.add_(g**2)
            w.sub_(rate * g / torch.sqrt(accumulator + epsilon))


class OfPyTorch:
    """An optimizer of PyTorch itself."""

    def __init__(self, optimizer):
        self.optimizer = optimizer

    def step(self, rate):
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()


def optimizer_of(name, parameters, options):
    if name == "RMSprop":
        return RMSprop(parameters, **options)
    if name == "Adagrad":
        return Adagrad(parameters, **options)
    decay = options.get("weightDecay", 0.004 if name == "AdamW" else 0)
    if name == "SGD":
        momentum, nesterov = options.get("momentum", 0), options.get("nesterov", False)
        return OfPyTorch(torch.optim.SGD(parameters, 1, momentum=momentum, nesterov=nesterov, weight_decay=decay))
    kinds = {"Adam": torch.optim.Adam, "AdamW": torch.optim.AdamW}
    betas = (options.get("beta1", 0.9), options.get("beta2", 0.999))
    return OfPyTorch(kinds[name](parameters, 1, betas=betas, eps=options.get("epsilon", 1e-7), weight_decay=decay))


def clip(parameters, norm):
    """TensorFlow's clip_by_global_norm."""
    total = torch.sqrt(sum((w.grad**2).sum() for w in parameters))
    if total > norm:
        for w in parameters:
            w.grad.mul_(norm / total)


def tensor(values):
    return torch.tensor(values["data"], dtype=torch.float64).reshape(values["shape"])


SHIFT = 0.1
"""Numbers with a true gradient of zero are moved by this, to find the moving means that follow them."""


def train(given):
    result = trained(given, {})
    zero = result["zeroGradients"]
    if not zero:
        return result
    # A bias before batch normalization is free to drift, and the moving mean follows it. So rounding decides it too.
    moved = trained(given, zero)
    for name, before in result["weights"].items():
        if name.rsplit(".", 1)[-1].startswith("moving"):
            following = [i for i, (a, b) in enumerate(zip(before, moved["weights"][name])) if abs(a - b) > 1e-6]
            if following:
                zero[name] = following
    return result


def trained(given, shifted):
    """A training. The numbers of weights at the indices `shifted` begin elsewhere."""
    training, values = given["training"], given["values"]
    network = Network(training["architecture"], {name: tensor(each) for name, each in values["weights"].items()})
    for name, indices in shifted.items():
        network.weights[name].view(-1)[indices] += SHIFT
    names = network.trained()
    parameters = [network.weights[name].requires_grad_() for name in names]
    inputs = [tensor(each) for each in values["inputs"].values()]
    targets = {name: tensor(each) for name, each in values["targets"].items()}
    sample_weight = values.get("sampleWeight")
    sample_weight = None if sample_weight is None else torch.tensor(sample_weight, dtype=torch.float64)
    options = dict(training["optimizer"]["options"])
    clip_norm = options.pop("clipNorm", None)
    optimizer = optimizer_of(training["optimizer"]["name"], parameters, options)
    largest = [torch.zeros_like(w, requires_grad=False) for w in parameters]
    losses = []
    batch_size, examples = training["batchSize"], training["examples"]
    batches = math.ceil(examples / batch_size)
    for step in range(training["steps"]):
        first = step % batches * batch_size
        batch = slice(first, min(first + batch_size, examples))
        outputs = network.outputs([x[batch] for x in inputs])
        loss = sum(
            training["lossWeights"].get(name, 1)
            * loss_of(training["loss"][name], output, target[batch], None if sample_weight is None else sample_weight[batch])
            for output, (name, target) in zip(outputs, targets.items())
        )
        losses.append(loss.item())
        if not math.isfinite(losses[-1]):
            raise ValueError(f"the loss of step {step + 1} of {training['name']} is {losses[-1]}")
        gradients = torch.autograd.grad(loss, parameters, allow_unused=True)
        with torch.no_grad():
            for i, (w, gradient) in enumerate(zip(parameters, gradients)):
                w.grad = torch.zeros_like(w) if gradient is None else gradient.clone()
                largest[i] = torch.maximum(largest[i], w.grad.abs())
            if clip_norm is not None:
                clip(parameters, clip_norm)
            optimizer.step(rate_at(training["optimizer"]["learningRate"], step))
    limit = ZERO_GRADIENT * max(each.max().item() for each in largest)
    zero = {
        name: [i for i, size in enumerate(each.flatten().tolist()) if 0 < size < limit]
        for name, each in zip(names, largest)
    }
    return {
        "losses": losses,
        "weights": {name: w.detach().flatten().tolist() for name, w in network.weights.items()},
        "zeroGradients": {name: indices for name, indices in zero.items() if indices},
    }


json.dump([train(given) for given in json.load(sys.stdin)], sys.stdout)
