import { useEffect, useState } from "preact/hooks";
import type { Paper } from "../../colours.js";
import type { Settings } from "../settings/settings.js";

const DARK = "(prefers-color-scheme: dark)";

/** Sets the page's theme, and says which paper the maps are drawn on. */
export function usePaper(theme: Settings["theme"]): Paper {
  const [prefersDark, prefer] = useState(() => matchMedia(DARK).matches);
  useEffect(() => {
    const query = matchMedia(DARK);
    const follow = () => prefer(query.matches);
    query.addEventListener("change", follow);
    return () => query.removeEventListener("change", follow);
  }, []);
  const dark = theme === "dark" || (theme === "auto" && prefersDark);
  useEffect(() => {
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  }, [dark]);
  return dark ? "dark" : "white";
}
