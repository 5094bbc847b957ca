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
      <section class="step-bar" aria-label="Steps">
        <div class="keys">
          <button type="button" class="main play" disabled={count < 2} onClick={() => play(!playing)}>
            <span class={playing ? "unseen-width" : undefined}>▶ Play</span>
            <span class={playing ? undefined : "unseen-width"}>❚❚ Pause</span>
          </button>
          <button type="button" aria-label="Before" disabled={index <= 0} onClick={() => go(index - 1)}>
            ‹
          </button>
          <button type="button" aria-label="Next" disabled={index >= count - 1} onClick={() => go(index + 1)}>
            ›
          </button>
        </div>
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
          {thing} <b>{index + 1}</b> of {count}
        </p>
      </section>
      <div class="notes">{children}</div>
    </>
  );
}
