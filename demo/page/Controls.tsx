import { useState } from "preact/hooks";
import { resized } from "./filters.js";
import { OwnFilter } from "./OwnFilter.js";
import { readPicture } from "./pictures.js";
import { DIGITS, MOST_WEIGHT, PAINTINGS, POOLINGS, RANGES, type Settings } from "./settings.js";
import type { Change } from "./useSettings.js";

interface ControlsProps {
  readonly settings: Settings;
  readonly change: Change;
}

/** Everything that makes up the two layers. */
export function Controls({ settings, change }: ControlsProps) {
  const range = (
    name: keyof typeof RANGES,
    label: string,
    changes = (value: number): Partial<Settings> => ({ [name]: value }),
  ) => (
    <NumberControl
      label={label}
      range={RANGES[name]}
      value={settings[name]}
      onChange={(value) => change({ walked: null, ...changes(value) })}
    />
  );
  const resize = (size: number) => {
    const { weights } = settings;
    return { size, weights: weights.length > 0 ? resized(weights, settings.size, size) : weights };
  };
  return (
    <div class="controls">
      <PictureControl settings={settings} change={change} />
      <fieldset>
        <legend>Convolution</legend>
        {range("size", "Filter size", resize)}
        {range("stride", "Stride")}
        {range("padding", "Padding")}
        {range("dilation", "Dilation")}
        <label class="number">
          <span>Bias b</span>
          <input
            type="number"
            step="0.1"
            min={-MOST_WEIGHT}
            max={MOST_WEIGHT}
            value={settings.bias}
            onInput={({ currentTarget }) => {
              if (currentTarget.validity.valid && currentTarget.value !== "")
                change({ bias: currentTarget.valueAsNumber });
            }}
          />
        </label>
        {settings.filter === "random" && (
          <button type="button" onClick={() => change({ seed: (settings.seed % RANGES.seed[1]) + 1 })}>
            Another random filter
          </button>
        )}
        {settings.filter === "own" && <OwnFilter settings={settings} change={change} />}
      </fieldset>
      <fieldset>
        <legend>Pooling</legend>
        <Choice
          label="Kind"
          words={POOLINGS}
          value={settings.pooling}
          onChange={(pooling) => change({ pooling, walked: null })}
        />
        {range("window", "Window", (window) => ({ window, poolStride: window }))}
        {range("poolStride", "Stride")}
      </fieldset>
    </div>
  );
}

function PictureControl({ settings, change }: ControlsProps) {
  const [problem, tell] = useState("");
  const [over, hover] = useState(false);
  const show = async (file: Blob | null | undefined) => {
    if (!file) return;
    try {
      change({ picture: "own", pixels: await readPicture(file) });
      tell("");
    } catch (error) {
      tell(`This is no picture that the browser can read (${error instanceof Error ? error.message : error}).`);
    }
  };
  const pictures = [...DIGITS, ...PAINTINGS, ...(settings.pixels ? (["own"] as const) : [])];
  return (
    <fieldset
      class={over ? "over" : undefined}
      onDragOver={(event) => {
        event.preventDefault();
        hover(true);
      }}
      onDragLeave={() => hover(false)}
      onDrop={(event) => {
        event.preventDefault();
        hover(false);
        void show(event.dataTransfer?.files[0]);
      }}
    >
      <legend>Picture</legend>
      <Choice
        label="Picture"
        words={pictures}
        value={settings.picture}
        onChange={(picture) => change({ picture, walked: null })}
      />
      <label class="drop">
        <input type="file" accept="image/*" onChange={({ currentTarget }) => void show(currentTarget.files?.[0])} />
        Drop a picture of your own here, or choose one. It stays on this device.
      </label>
      {problem && <p role="alert">{problem}</p>}
    </fieldset>
  );
}

interface ChoiceProps<Word extends string> {
  readonly label: string;
  /** Whether the label is seen, not only told to those who cannot see. */
  readonly labelled?: boolean;
  /** What a word is called, if not itself. */
  readonly names?: Readonly<Partial<Record<Word, string>>>;
  readonly words: readonly Word[];
  readonly value: Word;
  readonly onChange: (word: Word) => void;
}

/** One of a few words, all of them in sight. */
export function Choice<Word extends string>({
  label,
  labelled = false,
  names,
  words,
  value,
  onChange,
}: ChoiceProps<Word>) {
  const choice = (
    <div class="choice" role="radiogroup" aria-label={label}>
      {words.map((word) => (
        <label key={word} class={word === value ? "chosen" : undefined}>
          <input type="radio" name={label} value={word} checked={word === value} onChange={() => onChange(word)} />
          {names?.[word] ?? word}
        </label>
      ))}
    </div>
  );
  if (!labelled) return choice;
  return (
    <div class="labelled">
      <span aria-hidden="true">{label}</span>
      {choice}
    </div>
  );
}

interface NumberControlProps {
  readonly label: string;
  readonly range: readonly [least: number, most: number];
  readonly value: number;
  readonly onChange: (value: number) => void;
}

function NumberControl({ label, range: [least, most], value, onChange }: NumberControlProps) {
  return (
    <label class="number">
      <span>{label}</span>
      <input
        type="range"
        min={least}
        max={most}
        value={value}
        onInput={({ currentTarget }) => onChange(currentTarget.valueAsNumber)}
      />
      <output>{value}</output>
    </label>
  );
}
