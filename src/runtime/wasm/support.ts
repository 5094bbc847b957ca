import { ModuleBuilder } from "./assembler/moduleBuilder.js";
import { F32x4 } from "./assembler/vectors.js";

/** Why an engine has no WebAssembly with SIMD. Undefined if it has. */
export function whyNoWasm(): string | undefined {
  if (typeof WebAssembly !== "object") return "this engine has no WebAssembly";
  if (!compiles((x) => x.add(x))) return "this engine's WebAssembly has no SIMD";
  return compileError();
}

/** Whether the engine has the instructions of relaxed SIMD. */
export function hasRelaxedSimd(): boolean {
  return compiles((x) => x.relaxedMadd(x, x));
}

/** Whether the engine accepts a function with this expression. */
function compiles(expression: (x: F32x4) => F32x4): boolean {
  return WebAssembly.validate(smallest(expression));
}

/** The reason why the engine refuses to compile, such as a content security policy. */
function compileError(): string | undefined {
  try {
    new WebAssembly.Module(smallest((x) => x));
    return undefined;
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return `WebAssembly is refused here, perhaps by a content security policy without 'wasm-unsafe-eval' (${cause})`;
  }
}

function smallest(expression: (x: F32x4) => F32x4): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.function("check", [], (f) => {
    f.f32x4(expression(F32x4.of(1)));
  });
  return module.bytes({ shared: false, mostPages: 1 });
}
