import type { DefaultTheme } from "vitepress";

/**
 * How the search ranks pages. The reference and the internals count half as much as the guides, unless the word is the
 * title: "leak" finds the guide to memory, and "conv2d" finds `conv2d`. VitePress sends the functions to the browser as text: they use nothing from outside.
 */
export const search: DefaultTheme.LocalSearchOptions = {
  detailedView: true,
  miniSearch: {
    options: {
      /** A name in camelCase is found by its words too: "out of memory" finds `OutOfMemoryError`. */
      processTerm: (term) => {
        const words = term.split(/(?<=[\p{Ll}\d])(?=\p{Lu})/u);
        return [...new Set([term, ...words].map((word) => word.toLowerCase()))];
      },
    },
    searchOptions: {
      // Of short words, too many are similar: "row" is not `pow`.
      fuzzy: (term) => (term.length > 4 ? 0.2 : false),
      boost: { title: 4, titles: 2, text: 1 },
      boostDocument: (id, term) => {
        const place = String(id).toLowerCase();
        if (place.includes("/api/") && place.endsWith(`#${term}`)) return 1.5;
        return /\/(api|internals)\//.test(place) ? 0.5 : 1;
      },
      // A long section, such as a table of options, loses less than MiniSearch's usual 0.7 takes.
      bm25: { k: 1.2, b: 0.3, d: 0.5 },
    },
  },
};
