import { expect, test } from "vitest";
import type { RoundReport } from "webgpu-cnn/distributed";
import { partsOf } from "../../bench/distributed/rounds.js";
import type { Call, Span } from "../../bench/distributed/spans.js";

const ROUNDS = 4;
/** Milliseconds of a round. */
const LONG = 1000;

/** The spans of rounds that are all alike, but for the first two, which take ten times as long. */
function spansOf(each: readonly (readonly [call: Call, name: string, start: number, end: number, bytes: number])[]) {
  const spans: Span[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const slow = round < 2 ? 10 : 1;
    for (const [call, name, start, end, bytes] of each) {
      const at = round * 10 * LONG;
      spans.push({
        call,
        name: name.replace("N", String(round)),
        start: at + slow * start,
        end: at + slow * end,
        bytes,
      });
    }
  }
  return spans;
}

const reports = Array.from({ length: ROUNDS }, (_, i): RoundReport => {
  const common = { rounds: ROUNDS, epoch: 1, epochs: 1, loss: 1, metrics: {}, workers: [], refused: [] };
  return { ...common, round: i + 1, bytes: { sent: 700, received: 900 }, seconds: 0.5 };
});

test("the parts of a round are told apart by the calls to the servers", () => {
  // After round N: two answers, then the weights for the next round.
  const coordinator = spansOf([
    ["answers", "", 0, 60, 100],
    ["answers", "", 64, 65, 100],
    ["put", "weights.N", 77, 90, 400],
    ["put", "state.N", 78, 95, 800],
    ["replaceRecord", "", 96, 97, 10],
    ["publishWork", "id.N.0.0", 97, 99, 10],
    ["publishWork", "id.N.1.1", 97, 100, 10],
  ]);
  const worker = spansOf([
    ["get", "weights.N", 0, 8, 400],
    ["putAnswer", "N.0.worker", 40, 43, 90],
    ["publishAnswer", "N.0", 43, 45, 10],
  ]);
  const computed = Array.from({ length: ROUNDS }, (_, i) => ({ round: i + 1, replica: 0, seconds: i < 2 ? 9 : 0.025 }));
  const parts = partsOf({
    ...{ reports, spans: coordinator, values: new Map() },
    workers: [{ event: "done", spans: worker, computed }],
  });
  expect(parts).toEqual({
    ...{ rounds: 2, round: 500, download: 8, compute: 25, upload: 5 },
    // 1 ms for an answer that is there, and 4 ms until the next question.
    ...{ answer: 5, apply: 12, put: 20, publish: 3 },
    ...{ bytesDown: 400, bytesUp: 100, sent: 700, received: 900 },
  });
});
