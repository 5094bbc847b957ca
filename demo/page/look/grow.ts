/** The name that the style sheet of Inside gives to the map that it shows. */
const NAME = "shown-map";
/** Milliseconds that the map waits for its place. */
const LONGEST_WAIT = 300;
/** Canvases are drawn just after their elements are there. */
const DRAWN_AFTER = 40;

/**
 * Lets a map grow from where it lies into its place in Inside, while the rest of the page changes. Where the browser cannot do it, or
 * its user wants no motion, the page changes at once.
 */
export function grow(from: HTMLElement | null | undefined, update: () => void): void {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (!from || still || !("startViewTransition" in document)) {
    update();
    return;
  }
  from.style.viewTransitionName = NAME;
  const transition = document.startViewTransition(async () => {
    from.style.viewTransitionName = "";
    update();
    if (!(await isShown())) transition.skipTransition();
  });
  // What was skipped needs no word.
  transition.ready.catch(() => undefined);
  transition.finished.catch(() => undefined);
}

/** The browser draws nothing meanwhile, so only a timer can tell. */
async function isShown(): Promise<boolean> {
  const end = performance.now() + LONGEST_WAIT;
  while (performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, DRAWN_AFTER));
    if (document.querySelector("[data-shown]")) {
      await new Promise((resolve) => setTimeout(resolve, DRAWN_AFTER));
      return true;
    }
  }
  return false;
}
