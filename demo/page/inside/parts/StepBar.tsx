import type { ComponentChildren } from "preact";

interface StepBarProps {
  readonly playing: boolean;
  readonly index: number;
  readonly count: number;
  /** Such as "Window". */
  readonly thing: string;
  /** Where it is, for a screen reader. */
  readonly place: string;
  play(playing: boolean): void;
  go(index: number): void;
  readonly children?: ComponentChildren;
}

/** Plays through all places, one after the other, or goes to one of them. */
export function StepBar({ playing, index, count, thing, place, play, go, children }: StepBarProps) {
  return (
    <>
      <div class="notes">{children}</div>
      <section class="step-bar" aria-label="Steps">
        <button
          type="button"
          class="main play"
          aria-label={playing ? "Pause" : "Play"}
          disabled={count < 2}
          onClick={() => play(!playing)}
        >
          <span aria-hidden="true">{playing ? "❚❚" : "▶"}</span>
          <span class="word">{playing ? "Pause" : "Play"}</span>
        </button>
        <button type="button" class="step" aria-label="Before" disabled={index <= 0} onClick={() => go(index - 1)}>
          ‹
        </button>
        <button
          type="button"
          class="step"
          aria-label="Next"
          disabled={index >= count - 1}
          onClick={() => go(index + 1)}
        >
          ›
        </button>
        <input
          type="range"
          min={0}
          max={Math.max(0, count - 1)}
          value={index}
          disabled={count < 2}
          aria-label={thing}
          aria-valuetext={`${thing} ${index + 1} of ${count}: ${place}`}
          onInput={({ currentTarget }) => go(Number(currentTarget.value))}
        />
        <p class="where">
          <span class="word">{thing} </span>
          <b>{index + 1}</b> of {count}
        </p>
      </section>
    </>
  );
}
