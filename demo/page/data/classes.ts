import type { Settings } from "../settings/settings.js";

/** The names of the classes that come with the page. */
export const CLASS_NAMES: Readonly<Record<Exclude<Settings["data"], "own">, readonly string[]>> = {
  digits: ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"],
  fashion: [
    ...["T-shirt", "trousers", "pullover", "dress", "coat"],
    ...["sandal", "shirt", "sneaker", "bag", "ankle boot"],
  ],
};
