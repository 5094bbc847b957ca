import { expect, test } from "vitest";
import { BINARY_FORMULAS } from "../../../src/runtime/wasm/kernels/elementwise/binaryFormulas.js";
import { UNARY_FORMULAS } from "../../../src/runtime/wasm/kernels/elementwise/unaryFormulas.js";
import { BINARY_OPERATORS, UNARY_OPERATORS } from "../../support/elementwise.js";

test("every elementwise operator has its formula in WebAssembly", () => {
  const names = (operators: readonly { readonly name: string }[]) => operators.map(({ name }) => name).sort();
  expect(Object.keys(UNARY_FORMULAS).sort()).toEqual(names(UNARY_OPERATORS));
  expect(Object.keys(BINARY_FORMULAS).sort()).toEqual(names(BINARY_OPERATORS));
});
