import { expect, test } from "vitest";
import { add, OptionError, relu } from "webgpu-cnn";
import { describeOnEachBackend } from "../support/backends.js";
import { expectRefusal, wrong, zerosOn } from "../support/refusals.js";

/** The text that `console.log` prints in Node, Bun and Deno. */
function printed(value: object): unknown {
  const inspect: unknown = Reflect.get(value, Symbol.for("nodejs.util.inspect.custom"));
  return typeof inspect === "function" ? Reflect.apply(inspect, value, []) : undefined;
}

describeOnEachBackend("printing", (backend) => {
  const kind = () => backend().kind;

  test("a tensor prints in one line", () => {
    const x = backend().zeros([2, 3]);
    for (const text of [printed(x), String(x)]) expect(text).toBe(`Tensor(float32, [2, 3], ${kind()})`);
    expect(Object.prototype.toString.call(x)).toBe("[object Tensor]");
    x.dispose();
    expect(printed(x)).toBe(`Tensor(float32, [2, 3], ${kind()}, disposed)`);
  });

  test("a variable prints in one line", () => {
    const variable = backend().variable([1, 2]);
    for (const text of [printed(variable), String(variable)]) expect(text).toBe(`Variable(float32, [2], ${kind()})`);
    expect(Object.prototype.toString.call(variable)).toBe("[object Variable]");
    variable.dispose();
    expect(printed(variable)).toBe(`Variable(float32, [2], ${kind()}, disposed)`);
  });

  test("a recorded step prints in one line", () => {
    const x = backend().zeros([2, 3]);
    const step = backend().record(({ x }) => ({ y: relu(x) }), { x });
    const text = `RecordedStep({ x: [2, 3] } → { y: [2, 3] }, ${kind()}`;
    for (const shown of [printed(step), String(step)]) expect(shown).toBe(`${text})`);
    expect(Object.prototype.toString.call(step)).toBe("[object RecordedStep]");
    step.dispose();
    expect(printed(step)).toBe(`${text}, disposed)`);
    const without = backend().record(() => ({ y: relu(x) }), {});
    expect(printed(without)).toBe(`RecordedStep({} → { y: [2, 3] }, ${kind()})`);
    without.dispose();
  });

  test("a backend prints in one line", () => {
    const text = `Backend(${kind()}, "${backend().info.description}")`;
    for (const shown of [printed(backend()), String(backend())]) expect(shown).toBe(text);
    expect(Object.prototype.toString.call(backend())).toBe("[object Backend]");
  });

  test("as JSON, they are short", () => {
    const [x, variable] = [backend().zeros([2, 3]), backend().variable([1, 2])];
    const step = backend().record(({ x }) => ({ y: relu(x) }), { x });
    const { info } = backend();
    const written: unknown = JSON.parse(JSON.stringify({ x, variable, step, backend: backend() }));
    expect(written).toEqual({
      x: { shape: [2, 3], dtype: "float32" },
      variable: { shape: [2], dtype: "float32" },
      step: { inputs: { x: [2, 3] }, outputs: { y: [2, 3] } },
      backend: { kind: kind(), info },
    });
    for (const handle of [x, variable, step]) handle.dispose();
    expect(JSON.stringify(x)).toBe('{"shape":[2,3],"dtype":"float32"}');
  });

  test("a variable in place of a tensor is refused with a hint to its value", () => {
    const variable = backend().variable([1, 2]);
    const x = zerosOn(backend)(2);
    for (const [message, call] of [
      ["relu: x must be", () => relu(wrong(variable))],
      ["add: b must be", () => add(x, wrong(variable))],
      ["assign: tensor must be", () => variable.assign(wrong(variable))],
      ["record: exampleInputs.x must be", () => backend().record(() => ({}), { x: wrong(variable) })],
    ] as const) {
      expectRefusal(backend(), OptionError, `${message} a Tensor, got a Variable; use its .value`, call);
    }
    const step = backend().record(({ x }) => ({ y: relu(x) }), { x });
    expectRefusal(backend(), OptionError, "run: x must be a Tensor, got a Variable; use its .value", () =>
      step.run({ x: wrong(variable) }),
    );
    step.dispose();
    variable.dispose();
  });
});
