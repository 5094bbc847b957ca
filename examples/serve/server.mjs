/**
 * Answers which digit an image shows. It needs Node and onnxruntime-node, and nothing of this library:
 *
 *     node examples/serve/server.mjs out/digits.onnx [PORT]
 *     curl --data-binary @out/digit.bin http://localhost:8080/digit
 *
 * A request has 784 bytes: the pixels of an image of 28 × 28, from 0 for paper to 255 for ink.
 */

import { createServer } from "node:http";
import { InferenceSession, Tensor } from "onnxruntime-node";

const PIXELS = 28 * 28;
const [file = "out/digits.onnx", port = "8080"] = process.argv.slice(2);
const session = await InferenceSession.create(file);

const server = createServer(async (request, response) => {
  const answer = (/** @type {number} */ status, /** @type {unknown} */ body) => {
    response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
  };
  try {
    if (request.method !== "POST" || request.url !== "/digit") return answer(404, { error: "POST to /digit" });
    const bytes = await bodyOf(request);
    if (bytes?.length !== PIXELS) return answer(400, { error: `expected ${PIXELS} bytes, one for each pixel` });
    const image = new Tensor(
      "float32",
      Float32Array.from(bytes, (byte) => byte / 255),
      [1, 1, 28, 28],
    );
    const { probabilities } = await session.run({ image });
    const values = Array.from(/** @type {Float32Array} */ (probabilities?.data ?? []));
    answer(200, { digit: values.indexOf(Math.max(...values)), probabilities: values });
  } catch (error) {
    answer(500, { error: String(error) });
  }
});

/** @returns {Promise<Buffer | undefined>} undefined if it is too long */
async function bodyOf(/** @type {import("node:http").IncomingMessage} */ request) {
  const parts = [];
  let length = 0;
  for await (const part of request) {
    length += part.length;
    if (length > PIXELS) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

server.listen(Number(port), () => {
  const address = server.address();
  console.log(`listening on port ${typeof address === "object" ? address?.port : address}`);
});
