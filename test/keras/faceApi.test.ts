import { fileURLToPath } from "node:url";
import { createCanvas, loadImage } from "@napi-rs/canvas";
import { expect, test } from "vitest";
import { createBackend } from "webgpu-cnn";
import { loadFaceWeights, tinyFaceDetector } from "../../examples/face/detector.js";
import { type Face, findFaces, type Picture, prepare } from "../../examples/face/faces.js";
import { FOLDER, OriginalDetector, weightFiles } from "../../examples/face/original.js";
import { describeOnEachBackend } from "../support/backends.js";
import { relativeError } from "./support/stored.js";

const SIZE = 224;

/** A picture of face-api's, scaled to a width, and of it the left part. */
async function pictureOf(name: string, scaled: number, width: number): Promise<Picture> {
  const image = await loadImage(fileURLToPath(new URL(`demo/${name}.jpg`, FOLDER)));
  const height = Math.round((image.height * scaled) / image.width);
  const context = createCanvas(width, height).getContext("2d");
  context.drawImage(image, 0, 0, scaled, height);
  return {
    shape: [height, width, 3],
    data: context.getImageData(0, 0, width, height).data.filter((_, i) => i % 4 < 3),
  };
}

/** Wide and high, larger and smaller than what the network takes, and of sizes that are rounded. */
const pictures = await Promise.all([
  pictureOf("sample5", 480, 480),
  pictureOf("sample6", 471, 301),
  pictureOf("sample3", 200, 199),
]);
const original = await OriginalDetector.load();
const cases = await Promise.all(
  pictures.map(async (picture) => ({
    picture,
    output: await original.output(picture, SIZE),
    faces: await original.faces(picture, SIZE),
  })),
);

/** The largest difference of two lists of faces, as a share of the largest number. */
const facesError = (actual: readonly Face[], expected: readonly Face[]) => {
  const numbers = (faces: readonly Face[]) => faces.flatMap(({ x, y, width, height }) => [x, y, width, height]);
  const scores = (faces: readonly Face[]) => faces.map(({ score }) => score);
  return Math.max(relativeError(numbers(actual), numbers(expected)), relativeError(scores(actual), scores(expected)));
};

describeOnEachBackend("the face detector that was ported by hand", (backend) => {
  test("gives face-api's values and faces, for pictures of all forms", async () => {
    const model = tinyFaceDetector(backend());
    loadFaceWeights(model, await weightFiles());
    for (const { picture, output, faces } of cases) {
      const x = prepare(backend(), picture, SIZE);
      const y = model.predict(x);
      expect(relativeError(await y.read(), output)).toBeLessThan(1e-5);
      expect(faces).not.toEqual([]);
      expect(facesError(await findFaces(model, picture, SIZE), faces)).toBeLessThan(1e-5);
      for (const each of [x, y]) each.dispose();
    }
    model.dispose();
  });
});

test("the steps of the original that are compared are those of its network", async () => {
  const [picture] = pictures;
  if (!picture) throw new Error("there is no picture");
  const backend = await createBackend({ kind: "cpu" });
  const x = prepare(backend, picture, 64);
  const steps = await original.steps(await x.read(), x.shape);
  expect(relativeError(steps.get("conv8") ?? [], await original.output(picture, 64))).toBeLessThan(1e-6);
  expect(() => prepare(backend, picture, 100)).toThrow(RangeError);
  backend.destroy();
});
