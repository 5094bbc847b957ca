// `webgpu-cnn/step-by-step`: the course's eight functions.

export * from "./ops/course/stepByStep.js";
