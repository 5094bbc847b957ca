import type { DefaultTheme } from "vitepress";

/**
 * How the search ranks pages. The names of the reference are many, so a page of it counts half as much as one that
 * explains. VitePress sends the functions to the browser as text: they use nothing from outside.
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
      boost: { title: 4, titles: 2, text: 1 },
      boostDocument: (id) => (String(id).includes("/api/") ? 0.5 : 1),
    },
  },
};
