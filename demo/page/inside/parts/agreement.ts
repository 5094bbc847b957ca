/** Compares two numbers that should be the same one, and says how far they are. Both are float32. */
export function agreement(a: number, b: number): string {
  if (Object.is(a, b)) return "Both give the same number, to the last bit.";
  if (a === b) return "Both give 0; one has a minus sign.";
  return `They differ by ${power(Math.abs(a - b))}: the same sum, added in another order.`;
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Such as 1.4 × 10⁻⁶. */
function power(value: number): string {
  const [digits, exponent = "0"] = value.toExponential(1).split("e");
  const raised = Array.from(exponent.replace("+", ""), (sign) => (sign === "-" ? "⁻" : (RAISED[Number(sign)] ?? "")));
  return `${digits} × 10${raised.join("")}`;
}
