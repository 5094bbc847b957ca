/**
 * Answers which digit an image shows. It needs Node and onnxruntime-node, and nothing of this library:
 *
 *     node examples/serve/server.mjs out/digits.onnx [PORT]
 *     curl --data-binary @out/digit.bin http://localhost:8080/digit
 */

import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { InferenceSession, Tensor } from "onnxruntime-node";

const [file = "digits.onnx", port = "8080"] = process.argv.slice(2);
const session = await InferenceSession.create(file);

const server = createServer(async (request, response) => {
  const { status, body } = await answer(request).catch((error) => ({ status: 500, body: { error: String(error) } }));
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
});

/**
 * Which digit the 784 bytes of a request show, from 0 for paper to 255 for ink.
 * @param {import("node:http").IncomingMessage} request
 */
async function answer(request) {
  if (request.method !== "POST" || request.url !== "/digit") return { status: 404, body: { error: "POST to /digit" } };
  if (request.headers["content-length"] !== "784") return { status: 400, body: { error: "expected 784 bytes" } };
  const pixels = Float32Array.from(await buffer(request), (byte) => byte / 255);
  const { probabilities } = await session.run({ image: new Tensor("float32", pixels, [1, 1, 28, 28]) });
  const values = Array.from(probabilities?.data ?? [], Number);
  return { status: 200, body: { digit: values.indexOf(Math.max(...values)), probabilities: values } };
}

server.listen(Number(port), () => console.log("listening on port", Object(server.address()).port));
