import { useEffect, useRef, useState } from "preact/hooks";
import type { Cell } from "../../settings/settings.js";

const STAY = 320;

interface Steps {
  readonly index: number;
  readonly count: number;
  /** The cells in a row of the map. */
  readonly columns: number;
  /** Whether the shown step is the chosen one: the next waits for it. */
  readonly ready: boolean;
  go(index: number): void;
  /** Milliseconds that a step stays while playing. */
  readonly stay?: number;
  /** What else starts with Play. */
  onPlay?: (() => void) | undefined;
}

/** Plays step after step, and gives the keys their meaning: space plays and pauses, the arrows go from cell to cell. */
export function useSteps({
  index,
  count,
  columns,
  ready,
  go,
  stay = STAY,
  onPlay,
}: Steps): readonly [boolean, (playing: boolean) => void] {
  const [playing, setPlaying] = useState(false);
  // Keys can come faster than the page is drawn.
  const now = useRef(index);
  now.current = index;
  const play = (wanted: boolean) => {
    if (wanted && index >= count - 1) go(0);
    if (wanted) onPlay?.();
    setPlaying(wanted && count > 1);
  };
  useEffect(() => {
    if (!playing || !ready) return;
    if (index >= count - 1) {
      setPlaying(false);
      return;
    }
    const timer = setTimeout(() => go(index + 1), stay);
    return () => clearTimeout(timer);
  });
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (
        event.defaultPrevented ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        !(event.target instanceof Element)
      )
        return;
      if (event.target.closest("input:not([type=range]), select, textarea, header")) return;
      if (event.key === " ") {
        if (event.target.closest("button:not(.place), a")) return;
        event.preventDefault();
        play(!playing);
        return;
      }
      // The slider has its own arrows.
      if (event.target.closest("input")) return;
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
      const to = now.current + (by ?? 0);
      if (by === undefined || to < 0 || to >= count) return;
      event.preventDefault();
      now.current = to;
      go(to);
    };
    addEventListener("keydown", hear);
    return () => removeEventListener("keydown", hear);
  });
  return [playing, play];
}

/** A cell is the same cell. */
export const sameCell = (a: Cell, b: Cell) => a.row === b.row && a.column === b.column;
