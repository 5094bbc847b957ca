import {
  Activation,
  BatchNormalization,
  Conv2D,
  Dense,
  Flatten,
  GlobalAveragePooling2D,
  type Layer,
  MaxPooling2D,
  Residual,
} from "webgpu-cnn/nn";

/** For [28, 28, 1]: two convolutions, three dense layers (after LeCun et al., "Gradient-based learning applied to document recognition", 1998). */
export function lenet(): Layer[] {
  return [
    new Conv2D({ filters: 6, kernelSize: 5, padding: "same", activation: "relu" }),
    new MaxPooling2D(),
    new Conv2D({ filters: 16, kernelSize: 5, activation: "relu" }),
    new MaxPooling2D(),
    new Flatten(),
    new Dense({ units: 120, activation: "relu" }),
    new Dense({ units: 84, activation: "relu" }),
    new Dense({ units: 10 }),
  ];
}

/** For [32, 32, 3] (He et al., "Deep Residual Learning for Image Recognition", 2016, section 4.2, with one block of each width). */
export function resnet8(): Layer[] {
  return [
    new Conv2D({ filters: 16, kernelSize: 3, padding: "same", useBias: false }),
    new BatchNormalization(),
    new Activation("relu"),
    block(16, 1, false),
    block(32, 2, true),
    block(64, 2, true),
    new GlobalAveragePooling2D(),
    new Dense({ units: 10 }),
  ];
}

function block(filters: number, strides: number, changesShape: boolean): Residual {
  return new Residual({
    layers: [
      new Conv2D({ filters, kernelSize: 3, strides, padding: "same", useBias: false }),
      new BatchNormalization(),
      new Activation("relu"),
      new Conv2D({ filters, kernelSize: 3, padding: "same", useBias: false }),
      new BatchNormalization(),
    ],
    shortcut: changesShape ? [new Conv2D({ filters, kernelSize: 1, strides, padding: "same", useBias: false })] : [],
  });
}
