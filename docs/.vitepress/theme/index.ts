import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { LiveBlock } from "./live/LiveBlock.js";
import "./look.css";
import "./live/live.css";

const theme: Theme = {
  extends: DefaultTheme,
  enhanceApp: ({ app }) => {
    app.component("LiveBlock", LiveBlock);
  },
};

export default theme;
