import type { Chart } from "./chart.js";

/** Gets what draws the curves. The page begins without it. */
export async function loadChart(): Promise<typeof Chart> {
  giveLanguage();
  return (await import("./chart.js")).Chart;
}

/** uPlot formats numbers in the browser's language, and does not load if that is no language tag, such as "en-US@posix". */
function giveLanguage(): void {
  try {
    new Intl.NumberFormat(navigator.language);
  } catch {
    Object.defineProperty(navigator, "language", { value: "en", configurable: true });
  }
}
