import { testGuide } from "../support/guide.js";

testGuide("docs/guides/determinism.md");
