import { useEffect } from "preact/hooks";
import type { Paper } from "../../colours.js";
import type { Settings } from "../settings/settings.js";
import { useMedia } from "./useMedia.js";

/** Sets the page's theme, and says which paper the maps are drawn on. */
export function usePaper(theme: Settings["theme"]): Paper {
  const prefersDark = useMedia("(prefers-color-scheme: dark)");
  const dark = theme === "dark" || (theme === "auto" && prefersDark);
  useEffect(() => {
    document.documentElement.dataset["theme"] = dark ? "dark" : "light";
  }, [dark]);
  return dark ? "dark" : "white";
}
