import { useCallback, useEffect, useState } from "preact/hooks";
import { formatSettings, parseSettings } from "./notation.js";
import type { Settings } from "./settings.js";

export type Change = (changes: Partial<Settings>) => void;

/** Browsers allow some hundred changes of the address in half a minute; a scrubber makes more. */
const ADDRESS_DELAY = 200;

/** The settings and the function that changes some of them. They follow the address, and the address follows them. */
export function useSettings(): readonly [Settings, Change] {
  const [settings, set] = useState(() => parseSettings(location.hash));
  useEffect(() => {
    const follow = () => set(parseSettings(location.hash));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => {
      const hash = formatSettings(settings);
      if (hash === location.hash.slice(1)) return;
      // The Back button leads from room to room, not from click to click.
      const moved = parseSettings(location.hash).room !== settings.room;
      history[moved ? "pushState" : "replaceState"](null, "", `#${hash}`);
    }, ADDRESS_DELAY);
    return () => clearTimeout(timer);
  }, [settings]);
  const change = useCallback<Change>((changes) => set((current) => ({ ...current, ...changes })), []);
  return [settings, change];
}
