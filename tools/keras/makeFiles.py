"""Writes the files of test/keras/files: small models in all formats, with what Keras computes from them.

    KERAS_BACKEND=jax python tools/keras/makeFiles.py test/keras/files

Needs Keras 3, h5py, NumPy and JAX. Each JSON has the shapes of the inputs, Keras's outputs for the values of `ramp`, the
losses of three steps of SGD, and the files as base64 of gzip.
"""
import base64
import gzip
import importlib
import io
import json
import os
import sys
import tempfile

import h5py
import keras
import numpy as np
from keras import layers, ops

random = np.random.default_rng(1)


def ramp(shape, seed):
    """The same numbers as `ramp` in test/keras/support/stored.ts."""
    i = np.arange(int(np.prod(shape)), dtype=np.int64)
    return (((i * 7919 + 104729 * seed) % 1009) / 1009 - 0.5).astype(np.float32).reshape(shape)


def sequential():
    return keras.Sequential([
        layers.Input((12, 11, 3)),
        layers.Conv2D(6, 3, padding="same", activation="relu"),
        layers.BatchNormalization(),
        layers.MaxPooling2D(),
        layers.SeparableConv2D(5, (3, 2), depth_multiplier=2, padding="same", activation="tanh"),
        layers.AveragePooling2D(2, strides=1, padding="same"),
        layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", use_bias=False, dilation_rate=2),
        layers.Dropout(0.0),
        layers.Flatten(),
        layers.Dense(4, activation="softmax"),
    ], name="small")


def branching():
    x = layers.Input((8, 8, 2), name="image")
    z = layers.Input((4, 4, 6), name="other.part")
    down = layers.Conv2D(6, 3, strides=2, padding="same", groups=2, activation="silu")(x)
    joined = layers.Add()([down, z])
    scaled = layers.Multiply()([joined, down])
    less = layers.Subtract()([scaled, z])
    mixed = layers.Average()([less, joined, z])
    least = layers.Minimum()([layers.Maximum()([mixed, down]), z])
    up = layers.UpSampling2D(2, interpolation="bilinear")(least)
    nearest = layers.UpSampling2D((2, 1))(z)
    nearest = layers.UpSampling2D((1, 2))(nearest)
    both = layers.Concatenate(axis=3)([up, x, nearest])
    padded = layers.ZeroPadding2D(((1, 0), (2, 1)))(both)
    cropped = layers.Cropping2D(((0, 1), (1, 0)))(padded)
    grown = layers.Conv2DTranspose(3, 3, strides=2, padding="same", activation="elu")(cropped)
    pooled = layers.GlobalAveragePooling2D(keepdims=True)(grown)
    large = layers.GlobalMaxPooling2D()(grown)
    first = layers.Dense(3, name="first")(layers.Flatten()(pooled))
    second = layers.Dense(2, activation="sigmoid", name="second")(large)
    return keras.Model([x, z], [first, second], name="branches")


def nested():
    shared = layers.Dense(5, activation="tanh", name="shared")
    x = layers.Input((6, 6, 1))
    inside = keras.Sequential([layers.Input((6, 6, 1)), layers.Conv2D(3, 3), layers.BatchNormalization(), layers.ReLU()], name="body")
    y = layers.Input((16, 3))
    deep = keras.Model(y, layers.Dense(5, name="deep_dense")(layers.BatchNormalization(name="deep_norm")(y)), name="deep")
    flat = layers.Reshape((-1, 3))(inside(x, training=False))
    first = deep(flat)
    second = shared(first)
    third = shared(second)
    again = deep(layers.Dense(3, name="to_three")(third))
    inside.trainable = False
    return keras.Model(x, layers.Dense(2)(layers.Flatten()(again)), name="outer")


def activations():
    x = layers.Input((7,))
    names = ["linear", "relu", "relu6", "elu", "gelu", "silu", "softplus", "sigmoid", "tanh", "hard_sigmoid", "hard_silu",
             "softmax", "log_softmax", "exponential", "hard_tanh", "log_sigmoid", "mish", "selu", "soft_shrink", "softsign",
             "squareplus", "tanh_shrink", "leaky_relu", "celu"]
    wide = layers.Rescaling(6.0, offset=[0.5, 0, 0, 0, 0, 0, -0.5])(x)
    ends = [layers.Activation(name)(wide) for name in names]
    ends += [layers.Dense(3, activation="selu")(wide), layers.Dense(3, activation="mish", name="mish")(wide)]
    ends += [layers.LeakyReLU(0.1)(wide), layers.ELU(0.7)(wide), layers.ReLU(max_value=2.0, negative_slope=0.25)(wide)]
    ends += [layers.ReLU()(wide), layers.ReLU(6.0)(wide), layers.ReLU(1.5)(wide), layers.PReLU()(wide), layers.Softmax()(wide)]
    return keras.Model(x, layers.Concatenate()(ends), name="activations")


def normalizations():
    x = layers.Input((6, 5, 8))
    y = layers.Normalization(axis=-1, mean=[0.1] * 8, variance=list(np.linspace(0.2, 2, 8)))(x)
    adapted = layers.Normalization()
    adapted.adapt(ramp((20, 6, 5, 8), 3))
    y = adapted(y)
    y = layers.LayerNormalization()(y)
    y = layers.BatchNormalization(axis=3, scale=False)(y)
    y = layers.GroupNormalization(4)(y)
    y = layers.PReLU(shared_axes=[1, 2])(y)
    y = layers.SpatialDropout2D(0.0)(y)
    y = layers.Permute((2, 1, 3))(y)
    y = layers.Softmax(axis=2)(y)
    y = layers.Identity()(layers.ActivityRegularization(0.0)(y))
    y = layers.Conv2D(4, 1, kernel_regularizer=keras.regularizers.L2(1e-12), activation="leaky_relu")(y)
    return keras.Model(x, y, name="normalizations")


def functions():
    x = layers.Input((8, 8, 3))
    y = layers.Conv2D(4, 3, strides=2, padding="same")(x)
    y = y * (layers.ReLU(6.0)(y + 3.0) * (1.0 / 6.0))
    y = 1.0 - y
    y = ops.relu(y) - ops.sigmoid(y)
    y = ops.maximum(y, layers.Conv2D(4, 1)(y))
    return keras.Model(x, y, name="functions")


def blocks():
    """Layers that keras.applications has: of EfficientNet, ConvNeXt and Inception-ResNet."""
    convnext = importlib.import_module("keras.src.applications.convnext")
    inception = importlib.import_module("keras.src.applications.inception_resnet_v2")
    x = layers.Input((6, 6, 3))
    y = layers.Conv2D(4, 3, padding="same")(x / 2.0)
    residual = layers.Dropout(0.0, noise_shape=(None, 1, 1, 1))(layers.Conv2D(4, 1)(y))
    y = layers.Add()([y, convnext.StochasticDepth(0.0)(residual)])
    y = layers.Add()([y, convnext.LayerScale(0.5, 4)(layers.Dense(4)(y))])
    y = inception.CustomScaleLayer(0.17)([y, layers.Conv2D(4, 1)(y)])
    return keras.Model(x, ops.divide(y, ops.sigmoid(y) + 1.0), name="blocks")


def packed(data):
    return base64.b64encode(gzip.compress(data, 9, mtime=0)).decode()


def file_of(model, ending, save):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"model{ending}")
        save(path)
        with open(path, "rb") as file:
            return file.read()


def keras2_form(config):
    """A functional or sequential configuration of Keras 3 as Keras 2 wrote it."""
    def call(node):
        entries = []
        def visit(value):
            if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
                entries.append([*value["config"]["keras_history"], {}])
            elif isinstance(value, (list, tuple)):
                for entry in value:
                    visit(entry)
        visit(node["args"])
        if node["kwargs"].get("training") is not None:
            entries[0][3] = {"training": node["kwargs"]["training"]}
        return entries

    def layer(entry):
        inner = entry["config"]
        if "layers" in inner:
            inner = model_config(entry)
        else:
            inner = {k: v for k, v in inner.items() if k != "dtype"} | {"dtype": "float32"}
            if "batch_shape" in inner:
                inner["batch_input_shape"] = inner.pop("batch_shape")
            if entry["class_name"] == "BatchNormalization" and inner["axis"] == -1:
                inner["axis"] = [len(entry["build_config"]["input_shape"]) - 1]
        made = {"class_name": entry["class_name"], "config": inner, "name": inner["name"]}
        if "inbound_nodes" in entry:
            made["inbound_nodes"] = [call(node) for node in entry["inbound_nodes"]]
        return made

    def references(value):
        return [value] if isinstance(value[0], str) else value

    def model_config(entry):
        inner = entry["config"]
        made = {"name": inner["name"], "layers": [layer(each) for each in inner["layers"]]}
        for name in ["input_layers", "output_layers"]:
            if name in inner:
                made[name] = references(inner[name])
        return made

    return {"class_name": config["class_name"], "config": model_config(config)}


def leaf(variable):
    return variable.path.split("/")[-1]


def weights_by_layer(model):
    """The layers of a model with their weights, those of models inside under the name of the model."""
    return [(layer.name, layer.weights) for layer in model.layers]


def tfjs(model, form2):
    """A layers model of TensorFlow.js: all weights in one shard, some of them quantized as tensorflowjs_converter does."""
    entries, shard = [], b""
    for name, weights in [(w.path.split("/")[-2], w) for w in model.weights]:
        value = np.asarray(weights).astype(np.float32)
        entry = {"name": f"{name}/{leaf(weights)}", "shape": list(value.shape), "dtype": "float32"}
        shard += value.tobytes()
        entries.append(entry)
    config = json.loads(model.to_json())
    topology = ({"keras_version": "2.10.0", "backend": "tensorflow", "model_config": keras2_form(config)} if form2
                else {"keras_version": keras.__version__, "backend": "jax", "model_config": config})
    files = {"format": "layers-model", "generatedBy": f"keras v{topology['keras_version']}", "convertedBy": None,
             "modelTopology": topology, "weightsManifest": [{"paths": ["group1-shard1of1.bin"], "weights": entries}]}
    return json.dumps(files).encode(), shard


def legacy_h5(model, **packing):
    """A whole model as Keras 2 wrote it to HDF5: names of weights such as "conv2d/kernel:0", in groups by layer."""
    file = io.BytesIO()
    with h5py.File(file, "w", libver=packing.pop("libver", None)) as f:
        f.attrs["keras_version"] = "2.10.0"
        f.attrs["backend"] = "tensorflow"
        f.attrs["model_config"] = json.dumps(keras2_form(json.loads(model.to_json())))
        group = f.create_group("model_weights")
        group.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        group.attrs["backend"] = b"tensorflow"
        group.attrs["keras_version"] = b"2.10.0"
        for name, weights in weights_by_layer(model):
            g = group.create_group(name)
            names = [f"{w.path.split('/')[-2]}/{leaf(w)}:0" for w in weights]
            g.attrs["weight_names"] = [n.encode() for n in names]
            for n, w in zip(names, weights):
                value = np.asarray(w)
                g.create_dataset(n, data=value, **(packing if value.ndim > 1 else {}))
    return file.getvalue()


def main(folder):
    for make in [sequential, branching, nested, activations, normalizations, functions, blocks]:
        keras.backend.clear_session()
        keras.utils.set_random_seed(7)
        model = make()
        # The layer Normalization keeps what it adapted to.
        kept = {id(w) for layer in model.layers if isinstance(layer, layers.Normalization) for w in layer.weights}
        for weight in model.weights:
            if id(weight) in kept:
                continue
            shape = tuple(weight.shape)
            values = random.standard_normal(shape) * (1 / np.sqrt(max(1, np.prod(shape[:-1]))) if len(shape) > 1 else 0.2)
            if "variance" in weight.path:
                values = np.abs(values) + 0.5
            elif "gamma" in weight.path:
                values = values + 1
            weight.assign(values.astype(np.float32))
        shapes = [[2, *tensor.shape[1:]] for tensor in model.inputs]
        inputs = [ramp(shape, i) for i, shape in enumerate(shapes)]
        predicted = model(inputs if len(inputs) > 1 else inputs[0], training=False)
        outputs = [np.asarray(y) for y in (predicted if isinstance(predicted, (list, tuple)) else [predicted])]
        files = {
            "keras": packed(file_of(model, ".keras", model.save)),
            "h5": packed(file_of(model, ".h5", model.save)),
            "weights": packed(file_of(model, ".weights.h5", model.save_weights)),
        }
        # Some functions have other numbers in Keras 2, and keras.ops is new.
        if make not in [functions, activations, blocks]:
            files["legacy"] = packed(legacy_h5(model))
        if make is sequential:
            packing = {"compression": "gzip", "shuffle": True, "fletcher32": True}
            files["chunks"] = packed(legacy_h5(model, **packing, chunks=True))
        topology, shard = tfjs(model, make in [sequential, branching, nested])
        files["modelJson"], files["shard"] = packed(topology), packed(shard)
        losses = []
        targets = [ramp(y.shape, 9 + i) for i, y in enumerate(outputs)]
        model.compile(optimizer=keras.optimizers.SGD(0.01), loss=["mse"] * len(targets), jit_compile=False)
        for _ in range(3):
            model.reset_metrics()
            got = model.train_on_batch(inputs if len(inputs) > 1 else inputs[0], targets if len(targets) > 1 else targets[0])
            losses.append(float(np.asarray(got).ravel()[0]))
        stored = {
            "inputs": shapes,
            "outputs": [{"shape": list(y.shape), "data": [float(f"{v:.8g}") for v in y.ravel()]} for y in outputs],
            "losses": losses,
            "files": files,
        }
        path = os.path.join(folder, f"{make.__name__}.json")
        with open(path, "w") as file:
            json.dump(stored, file, separators=(",", ":"))
            file.write("\n")
        print(path, os.path.getsize(path), {name: len(data) for name, data in files.items()}, losses)


main(sys.argv[1])
