import { expect, test } from "vitest";
import { loadOnnx } from "webgpu-cnn/onnx";
import { existing } from "../../../src/core/objects.js";
import { Draw } from "../../../tools/pytorch/networks/draw.js";
import { describeOnEachBackend } from "../../support/backends.js";
import { isFull } from "../../support/sampling.js";
import { onnxFile } from "../support/files.js";
import { outputsOf } from "../support/run.js";
import { channelsFirst, largestDifference, runOnnx } from "../support/runtime.js";
import { RandomGraph } from "./randomGraph.js";
import { MAKERS } from "./randomNodes.js";

const SEED = 3;
/** Of the reference, and of the other backends. How a file becomes layers does not depend on the backend. */
const [GRAPHS, OTHERS] = isFull ? [1000, 60] : [30, 3];

describeOnEachBackend("random graphs of ONNX", (backend) => {
  test("they give the same as in ONNX Runtime", async () => {
    for (let i = 0; i < (backend().kind === "cpu" ? GRAPHS : OTHERS); i++) {
      const draw = new Draw(SEED, i);
      const graph = new RandomGraph(draw, i);
      for (let nodes = draw.integer(2, 16); nodes > 0; nodes--) draw.pick(MAKERS)(graph, draw);
      const file = await onnxFile(graph.contents(17));
      const results = Object.values(await runOnnx(file, { x: graph.input }, "disabled"));
      const model = await loadOnnx(file, backend());
      const x = backend().tensor(graph.image.data, graph.image.shape);
      const outputs = outputsOf(model, [x]);
      const values = await Promise.all(outputs.map(async (y) => ({ shape: y.shape, data: await y.read() })));
      for (const tensor of [x, ...outputs]) tensor.dispose();
      model.dispose();
      const differences = values.map((y, k) => largestDifference(channelsFirst(y), existing(results[k])));
      expect(Math.max(...differences), `graph ${i}`).toBeLessThan(1e-5);
    }
  });
});
