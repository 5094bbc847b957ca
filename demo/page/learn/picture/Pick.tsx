interface PickProps<Value> {
  readonly label: string;
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly text: string }[];
  readonly onPick: (value: Value) => void;
}

/** A choice within a line of text. What shows is as wide as the chosen words; the browser's own control lies over it, unseen. */
export function Pick<Value>({ label, value, options, onPick }: PickProps<Value>) {
  const chosen = options.findIndex((option) => option.value === value);
  return (
    <span class="pick">
      <span aria-hidden="true">{options[chosen]?.text} ▾</span>
      <select
        aria-label={label}
        value={chosen}
        onChange={({ currentTarget }) => {
          const option = options[currentTarget.selectedIndex];
          if (option) onPick(option.value);
        }}
      >
        {options.map((option, i) => (
          <option key={option.text} value={i}>
            {option.text}
          </option>
        ))}
      </select>
    </span>
  );
}
