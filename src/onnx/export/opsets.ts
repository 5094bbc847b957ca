/** The version of the file's form that came with each version of the operators (ONNX's table of versions). */
const IR_VERSIONS: ReadonlyMap<number, number> = new Map([
  ...[17, 18].map((opset) => [opset, 8] as const),
  ...[19, 20].map((opset) => [opset, 9] as const),
  ...[21, 22].map((opset) => [opset, 10] as const),
  [23, 11],
  [24, 12],
]);

export const OPSETS: readonly number[] = [...IR_VERSIONS.keys()];

/** The version of the form of a file with these operators. @param opset one of OPSETS */
export function irVersionOf(opset: number): number {
  return IR_VERSIONS.get(opset) ?? 8;
}
