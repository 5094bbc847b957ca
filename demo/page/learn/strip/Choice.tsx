import { Term } from "../../look/Term.js";
import type { TermName } from "../../look/terms.js";
import { Pick } from "../picture/Pick.js";

interface ChoiceProps<Value extends string | number> {
  readonly label: string;
  /** The words to explain beside it. */
  readonly terms?: readonly TermName[];
  readonly value: Value;
  readonly choices: readonly (readonly [value: Value, word: string])[];
  choose(value: Value): void;
}

/** One setting, chosen from a list, below its name. */
export function Choice<Value extends string | number>({ label, terms, value, choices, choose }: ChoiceProps<Value>) {
  return (
    <div class="choice">
      <span>
        <span aria-hidden="true">{label}</span>
        {terms && <Term names={terms} />}
      </span>
      <Pick
        label={label}
        value={value}
        options={choices.map(([known, text]) => ({ value: known, text }))}
        onPick={choose}
      />
    </div>
  );
}
