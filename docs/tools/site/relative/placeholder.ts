/** What the site is built for, as if it were its address. Nothing else contains this text. */
export const PLACEHOLDER = "/-site-root-/";
