import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { JobError } from "webgpu-cnn";
import {
  type AnswerHeader,
  encodeAnswer,
  encodeHeartbeat,
  encodeRoundRecord,
  encodeWork,
  type Heartbeat,
  parseAnswer,
  parseHeartbeat,
  parseRoundRecord,
  parseWork,
  type RoundRecord,
  type WorkMessage,
} from "../../src/distributed/messages.js";
import { encodeJson, pack } from "../../src/distributed/packed.js";
import { propertySeed } from "../support/propertySeed.js";
import { expectError, thrownBy } from "../support/refusals.js";

const digest = "0123456789abcdef".repeat(4);
const limits = { rounds: 5, replicas: 4, localSteps: 3, vectorBytes: 8 };

const record: RoundRecord = {
  ...{
    job: digest,
    round: 2,
    rounds: 5,
    phase: "training",
    coordinator: "c-1",
    weightsDigest: digest,
    weightsBytes: 1000,
  },
};
const work: WorkMessage = {
  ...{ job: digest, round: 4, replica: 3, weightsDigest: digest, rates: [0.1, 1e-7], except: "w_1" },
};
const header: AnswerHeader = {
  ...{ job: digest, round: 0, replica: 1, weightsDigest: digest, worker: "w-1", workerClass: "wasm" },
  ...{ digest, bytes: 8, loss: 0.25 },
  ...{ metrics: { accuracy: 0.5 }, examples: 8, seconds: 0.125 },
};
const heartbeat: Heartbeat = {
  ...{ worker: "w-1", workerClass: "cpu", replicas: 7, round: 3, busy: true, imagesPerSecond: 12.5 },
};
const vector = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
/** Each kind: its bytes, and its parser. */
const kinds: readonly (readonly [name: string, bytes: Uint8Array, parse: (bytes: Uint8Array) => unknown])[] = [
  ["record", encodeRoundRecord(record), (bytes) => parseRoundRecord(bytes, 1000)],
  ["work", encodeWork(work), (bytes) => parseWork(bytes, limits)],
  ["answer", encodeAnswer(header, vector), (bytes) => parseAnswer(bytes, limits)],
  ["heartbeat", encodeHeartbeat(heartbeat), parseHeartbeat],
];

describe("messages", () => {
  test("come back as they were sent", () => {
    expect(parseRoundRecord(encodeRoundRecord(record))).toEqual(record);
    const failed: RoundRecord = { ...record, phase: "failed", why: "the disk is full" };
    expect(parseRoundRecord(encodeRoundRecord(failed))).toEqual(failed);
    expect(parseWork(encodeWork(work), limits)).toEqual(work);
    expect(parseHeartbeat(encodeHeartbeat(heartbeat))).toEqual(heartbeat);
    expect(parseAnswer(encodeAnswer(header, vector), limits)).toEqual({ header, payload: vector });
  });

  test("may begin at any address", () => {
    for (const [, bytes, parse] of kinds) {
      const moved = new Uint8Array(bytes.length + 3);
      moved.set(bytes, 1);
      expect(parse(moved.subarray(1, 1 + bytes.length))).toEqual(parse(bytes));
    }
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("may have the loss %s", (loss) => {
    const sent: AnswerHeader = { ...header, loss, metrics: { accuracy: loss } };
    expect(parseAnswer(encodeAnswer(sent, vector), limits).header).toEqual(sent);
  });

  test("of a vector in the store have no bytes behind the header", () => {
    const sent: AnswerHeader = { ...header, object: "0.1.w-1" };
    const read = parseAnswer(encodeAnswer(sent, new Uint8Array()), limits);
    expect(read).toEqual({ header: sent, payload: undefined });
    const both = thrownBy(() => parseAnswer(encodeAnswer(sent, vector), limits));
    expectError(both, JobError, "answer: 8 bytes follow the JSON, expected 0 because its vector is an object");
  });

  test("may have fields that are not known, and names that JavaScript uses itself", () => {
    const json = `{"__proto__":{"polluted":1},"constructor":2,${JSON.stringify({ ...header, more: [1] }).slice(1)}`;
    const metrics = '"metrics":{"__proto__":0.75,"toString":1}';
    const bytes = new TextEncoder().encode(json.replace(/"metrics":\{[^}]*\}/, metrics));
    const parsed = parseAnswer(packText(bytes, vector), limits).header;
    expect(Object.entries(parsed.metrics)).toEqual([
      ["__proto__", 0.75],
      ["toString", 1],
    ]);
    expect(Object.keys(parsed)).toEqual(Object.keys(header));
    expect(Reflect.get({}, "polluted")).toBeUndefined();
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
  });

  test("a long reason is cut", () => {
    const why = "x".repeat(10_000);
    expect(parseRoundRecord(encodeRoundRecord({ ...record, phase: "failed", why })).why).toBe(why.slice(0, 2000));
  });
});

function packText(json: Uint8Array, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + json.length + payload.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 4);
  bytes.set(payload, 4 + json.length);
  return bytes;
}

describe("a message that does not fit is refused", () => {
  const id = "1 to 64 letters, digits, _ or -";
  test.each<readonly [message: string, changed: object]>([
    ['answer: round is "x", expected an integer from 0 to 4', { round: "x" }],
    ["answer: round is 5, expected an integer from 0 to 4", { round: 5 }],
    ["answer: round is undefined, expected an integer from 0 to 4", { round: undefined }],
    ["answer: replica is -1, expected an integer from 0 to 3", { replica: -1 }],
    ["answer: replica is 1.5, expected an integer from 0 to 3", { replica: 1.5 }],
    [`answer: worker is "a.b", expected ${id}`, { worker: "a.b" }],
    [`answer: worker is "", expected ${id}`, { worker: "" }],
    ["answer: workerClass has 257 characters, expected at most 256", { workerClass: "w".repeat(257) }],
    ['answer: digest is "ABC", expected 64 hexadecimal digits', { digest: "ABC" }],
    ["answer: bytes is 1e+300, expected an integer from 8 to 8", { bytes: 1e300 }],
    ["answer: loss is null, expected a number", { loss: null }],
    ['answer: loss is "1", expected a number', { loss: "1" }],
    ["answer: metrics is [1], expected an object", { metrics: [1] }],
    ["answer: accuracy is true, expected a number", { metrics: { accuracy: true } }],
    ["answer: examples is 0, expected an integer ≥ 1", { examples: 0 }],
    ["answer: seconds is NaN, expected a finite number ≥ 0", { seconds: Number.NaN }],
    ["answer: object is 3, expected a text", { object: 3 }],
  ])("%s", (message, changed) => {
    const shown = message.replace("is NaN", 'is "NaN"');
    const error = thrownBy(() => parseAnswer(pack({ ...header, ...changed }, vector), limits));
    expectError(error, JobError, shown);
  });

  test.each<readonly [message: string, parse: () => unknown]>([
    [
      "record: round is 6, expected an integer from 0 to 5",
      () => parseRoundRecord(encodeRoundRecord({ ...record, round: 6 })),
    ],
    [
      'record: phase is "x", expected "training" or "done" or "failed"',
      () => parseRoundRecord(encodeJson({ ...record, phase: "x" })),
    ],
    [
      "record: weightsBytes is 1000, expected an integer from 0 to 999",
      () => parseRoundRecord(encodeRoundRecord(record), 999),
    ],
    [
      "work: rates has 4 entries, expected at most 3",
      () => parseWork(encodeWork({ ...work, rates: [1, 2, 3, 4] }), limits),
    ],
    ['work: rates[1] is "2", expected a number', () => parseWork(encodeJson({ ...work, rates: [1, "2"] }), limits)],
    [
      'heartbeat: busy is "yes", expected true or false',
      () => parseHeartbeat(encodeJson({ ...heartbeat, busy: "yes" })),
    ],
    ["heartbeat: it is [], expected an object", () => parseHeartbeat(encodeJson([]))],
    ["answer: 7 bytes follow the JSON, expected 8", () => parseAnswer(pack(header, vector.subarray(1)), limits)],
    ["answer: 3 bytes, expected at least 4", () => parseAnswer(vector.subarray(5), limits)],
    [
      "answer: its JSON has 4294967295 bytes, expected at most the 2 that follow",
      () => parseAnswer(Uint8Array.of(255, 255, 255, 255, 1, 2), limits),
    ],
    ["heartbeat: 1048577 bytes of JSON, expected at most 1048576", () => parseHeartbeat(new Uint8Array(2 ** 20 + 1))],
  ])("%s", (message, parse) => {
    expectError(thrownBy(parse), JobError, message);
  });

  test("if its JSON is damaged, or nested as deep as a message can be", () => {
    const texts = [
      "",
      "{",
      "nul",
      '{"worker":',
      "[".repeat(2 ** 20),
      `{"worker":${"[".repeat(1000)}${"]".repeat(1000)}}`,
    ];
    for (const text of texts) {
      const error = thrownBy(() => parseHeartbeat(new TextEncoder().encode(text)));
      expectError(error, JobError, /^heartbeat: .{1,300}$/);
    }
    const noText = thrownBy(() => parseHeartbeat(Uint8Array.of(0x22, 0xff, 0x22)));
    expectError(noText, JobError, /^heartbeat: it is no JSON in UTF-8: /);
  });
});

describe("no bytes lead to another error", () => {
  const seed = propertySeed("messages");

  test.each(kinds)("%s: each beginning of it", (name, bytes, parse) => {
    for (let length = 0; length < bytes.length; length++) {
      expectError(
        thrownBy(() => parse(bytes.subarray(0, length))),
        JobError,
        new RegExp(`^${name}: `),
      );
    }
  });

  test.each(kinds)("%s: changed bytes", (name, bytes, parse) => {
    let refused = 0;
    const changes = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(changes, (list) => {
        const changed = bytes.slice();
        for (const [at, value] of list) changed[at] = value;
        const error = thrownBy(() => parse(changed));
        if (error === undefined) return;
        refused++;
        expectError(error, JobError, new RegExp(`^${name}: `));
      }),
      { seed, numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(0);
  });

  test.each(kinds)("%s: a field of any JSON", (name, _, parse) => {
    const sent: Readonly<Record<string, object>> = { record, work, answer: header, heartbeat };
    const fields = Object.keys(sent[name] ?? {});
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), (field, value) => {
        const message = { ...sent[name], [field]: value };
        const error = thrownBy(() => parse(name === "answer" ? pack(message, vector) : encodeJson(message)));
        if (error !== undefined) expectError(error, JobError, new RegExp(`^${name}: `));
      }),
      { seed, numRuns: 1000 },
    );
  });

  test.each(kinds)("%s: any bytes", (name, _, parse) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expectError(
          thrownBy(() => parse(bytes)),
          JobError,
          new RegExp(`^${name}: `),
        );
      }),
      { seed, numRuns: 1000 },
    );
  });
});
