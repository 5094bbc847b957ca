interface ChoiceProps<Value extends string | number> {
  readonly label: string;
  readonly value: Value;
  readonly choices: readonly (readonly [value: Value, word: string])[];
  choose(value: Value): void;
}

/** One setting, chosen from a list. */
export function Choice<Value extends string | number>({ label, value, choices, choose }: ChoiceProps<Value>) {
  return (
    <label class="choice">
      <span>{label}</span>
      <select
        value={String(value)}
        onChange={({ currentTarget }) => {
          const chosen = choices.find(([known]) => String(known) === currentTarget.value);
          if (chosen) choose(chosen[0]);
        }}
      >
        {choices.map(([known, word]) => (
          <option key={known} value={String(known)}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}
