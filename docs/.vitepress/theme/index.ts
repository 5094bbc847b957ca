import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { useCarets } from "./carets.js";
import { LiveBlock } from "./live/LiveBlock.js";
import "./look.css";
import "./tables.css";
import "./live/live.css";

const theme: Theme = {
  extends: DefaultTheme,
  setup: useCarets,
  enhanceApp: ({ app }) => {
    app.component("LiveBlock", LiveBlock);
  },
};

export default theme;
