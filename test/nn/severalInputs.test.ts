import { expect, test } from "vitest";
import { Add, Conv2D, Dense, GlobalAveragePooling2D, input, Model } from "webgpu-cnn/nn";
import { describeOnEachBackend } from "../support/backends.js";

describeOnEachBackend("A model with several inputs", (backend) => {
  test("may have one whose extents vary beside one whose extents are fixed", () => {
    const [image, features] = [input([null, null, 2], { name: "image" }), input([3], { name: "features" })];
    const pooled = new GlobalAveragePooling2D().apply(new Conv2D({ filters: 4, kernelSize: 3 }).apply(image));
    const model = new Model({
      inputs: { image, features },
      outputs: new Add().apply([pooled, new Dense({ units: 4 }).apply(features)]),
    }).build(backend());
    for (const side of [5, 8]) {
      const inputs = { image: backend().zeros([2, side, side, 2]), features: backend().zeros([2, 3]) };
      const y = model.predict(inputs);
      expect(y.shape).toEqual([2, 4]);
      for (const tensor of [...Object.values(inputs), y]) tensor.dispose();
    }
    model.dispose();
  });
});
