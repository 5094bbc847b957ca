import { useEffect, useId, useRef, useState } from "preact/hooks";

interface ScrubberProps {
  /** What is being stepped through, such as "Window". */
  readonly label: string;
  readonly least: number;
  readonly most: number;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

const FRAME = 180;

/** A slider over windows that can play by itself. */
export function Scrubber({ label, least, most, value, onChange }: ScrubberProps) {
  const id = useId();
  const [playing, play] = useState(false);
  const latest = useRef({ value, most, onChange });
  latest.current = { value, most, onChange };
  useEffect(() => {
    if (!playing) return undefined;
    const timer = setInterval(() => {
      const { value, most, onChange } = latest.current;
      if (value < most) onChange(value + 1);
      else play(false);
    }, FRAME);
    return () => clearInterval(timer);
  }, [playing]);
  const toggle = () => {
    if (!playing && value >= most) onChange(least);
    play(!playing);
  };
  return (
    <div class="scrubber">
      <button type="button" class="play" onClick={toggle} aria-label={playing ? "Pause" : "Play"}>
        {playing ? "❚❚" : "▶"}
      </button>
      <input
        id={id}
        type="range"
        min={least}
        max={most}
        value={value}
        onInput={(event) => onChange(event.currentTarget.valueAsNumber)}
      />
      <label for={id}>
        {label} <b>{value}</b> of {most}
      </label>
    </div>
  );
}
