export * from "./float64/batchNormalization.js";
/**
 * The oracle: every operator in float64, directly from its definition, with gradients in scatter form.
 * It imports nothing from the library. The two share no mistakes.
 */
export * from "./float64/broadcast.js";
export * from "./float64/conv2d.js";
export * from "./float64/convTranspose2d.js";
export * from "./float64/cropAndResize.js";
export * from "./float64/depthToSpace.js";
export * from "./float64/dropout.js";
export * from "./float64/elementwise.js";
export * from "./float64/extremum.js";
export * from "./float64/finiteDifference.js";
export * from "./float64/gather.js";
export * from "./float64/globalPool2d.js";
export * from "./float64/groupNormalization.js";
export * from "./float64/matmul.js";
export * from "./float64/operand.js";
export * from "./float64/pad2d.js";
export * from "./float64/pointwiseLoss.js";
export * from "./float64/pool2d.js";
export * from "./float64/resample2d.js";
export * from "./float64/slice.js";
export * from "./float64/softmax.js";
export * from "./float64/transpose.js";
export * from "./float64/updates.js";
export * from "./float64/window.js";
