/** The layers of other entries of this library, which `loadModel` needs to be given: by the object that has them. */
const OTHER_ENTRIES = [
  { given: "onnxLayers", entry: "webgpu-cnn/onnx", classes: ["OnnxOperator"] },
  {
    given: "kerasLayers",
    entry: "webgpu-cnn/keras",
    classes: [
      ...[
        "Arithmetic",
        "AsymmetricUpSampling2D",
        "Average",
        "DepthToSpace",
        "Divide",
        "ELU",
        "InferenceOnly",
        "LayerScale",
      ],
      ...[
        "Maximum",
        "Minimum",
        "MoreActivation",
        "Normalization",
        "Permute",
        "PReLU",
        "ReLU",
        "Rescaling",
        "ScaledAdd",
      ],
      ...["Softmax", "SpatialDropout2D", "Subtract"],
    ],
  },
];

/** What to give `loadModel` for classes that it does not know: `{ layers: onnxLayers } from webgpu-cnn/onnx`. */
export function layersToGive(unknown: readonly string[]): string {
  const found = OTHER_ENTRIES.filter(({ classes }) => unknown.some((name) => classes.includes(name)));
  const own = unknown.filter((name) => !found.some(({ classes }) => classes.includes(name)));
  const [only, ...others] = found;
  if (only && others.length === 0 && own.length === 0) return `{ layers: ${only.given} } from ${only.entry}`;
  const parts = [...found.map(({ given }) => `...${given}`), ...own];
  const from = found.map(({ given, entry }) => `, ${given} from ${entry}`);
  return `{ layers: { ${parts.join(", ")} } }${from.join("")}`;
}
