import { short } from "../../look/words.js";
import type { StepAnswers } from "../../network/steps.js";
import type { Cell } from "../../settings/settings.js";
import type { MathSymbol } from "../names.js";
import { SymbolText } from "../parts/SymbolText.js";

interface SumsProps {
  readonly answer: StepAnswers["convStep"];
  readonly source: number;
  /** Of the source. */
  readonly name: string;
  readonly cell: Cell;
  readonly symbol: MathSymbol;
  /** Milliseconds until the products are there, if they come in turn. */
  readonly after: number | undefined;
}

/** From the products to the number of the map. */
export function Sums({ answer: { sums, total, bias, z }, source, name, cell, symbol, after }: SumsProps) {
  const style = after === undefined ? {} : { "--after": `${after}ms` };
  return (
    <div class={after === undefined ? "sums" : "sums in-turn"} style={style}>
      {sums.length > 1 && (
        <p>
          sum of {name} <b>{short(sums[source] ?? Number.NaN)}</b>
        </p>
      )}
      <p>
        {sums.length > 1 ? `of all ${sums.length}` : "their sum"} <b>{short(total)}</b>
      </p>
      <p>
        bias <i class="symbol">b</i> <b>{plus(bias)}</b>
      </p>
      <p class="large" data-anchor="result">
        <b>
          <SymbolText of={symbol} />({cell.row}, {cell.column}) = <span data-result="z">{short(z)}</span>
        </b>
      </p>
    </div>
  );
}

const plus = (value: number) => (short(value).startsWith("−") ? short(value) : `+${short(value)}`);
