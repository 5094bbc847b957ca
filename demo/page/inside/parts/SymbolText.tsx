import type { MathSymbol } from "../names.js";

/** A symbol in a line of text. */
export function SymbolText({ of: { letter, index } }: { readonly of: MathSymbol }) {
  return (
    <i class="symbol">
      {letter}
      {index && <sub>{index}</sub>}
    </i>
  );
}
