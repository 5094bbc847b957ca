/** Pieces of equations, as MathML. */
import type { ComponentChildren } from "preact";
import { short } from "../../look/words.js";
import type { Cell } from "../../settings/settings.js";
import type { MathSymbol } from "../names.js";

interface EquationProps {
  readonly display?: boolean;
  readonly children: ComponentChildren;
}

/** One line. It never wraps, so its parts must be few enough for the width that there is. */
export function Equation({ display = false, children }: EquationProps) {
  return (
    <div class="equation">
      <math displaystyle={display}>
        <mrow>{children}</mrow>
      </math>
    </div>
  );
}

/** Such as z₁. */
export function Name({ of: { letter, index } }: { readonly of: MathSymbol }) {
  if (!index) return <mi>{letter}</mi>;
  return (
    <msub>
      <mi>{letter}</mi>
      <mn>{index}</mn>
    </msub>
  );
}

/** Parentheses that keep the height of a letter: as operators they would stretch. */
export function Of({ children }: { readonly children: ComponentChildren }) {
  return (
    <>
      <mtext>(</mtext>
      {children}
      <mtext>)</mtext>
    </>
  );
}

export function At({ cell: { row, column } }: { readonly cell: Cell }) {
  return (
    <Of>
      <mn>{row}</mn>
      <mo>,</mo>
      <mn>{column}</mn>
    </Of>
  );
}

/** A number with two decimals; in parentheses if it is negative and follows an operator. */
export function Num({
  value,
  bold,
  guarded,
  format = short,
}: {
  readonly value: number;
  readonly bold?: boolean;
  readonly guarded?: boolean;
  readonly format?: (value: number) => string;
}) {
  const text = format(value);
  const number = <mn class={bold ? "result" : undefined}>{text}</mn>;
  return guarded && text.startsWith("−") ? <Of>{number}</Of> : number;
}

/** A sum over an index from 0. */
export function Sum({ over, to }: { readonly over: string; readonly to?: number | string }) {
  return (
    <munderover>
      <mo>∑</mo>
      <mrow>
        <mi>{over}</mi>
        <mo>=</mo>
        <mn>0</mn>
      </mrow>
      <mn>{to ?? ""}</mn>
    </munderover>
  );
}

/** The derivative of the loss. */
export function Derivative({ by }: { readonly by: MathSymbol }) {
  return (
    <mfrac>
      <mrow>
        <mi>∂</mi>
        <mi>L</mi>
      </mrow>
      <mrow>
        <mi>∂</mi>
        <Name of={by} />
      </mrow>
    </mfrac>
  );
}
