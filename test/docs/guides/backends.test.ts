import { testGuide } from "../support/guide.js";

testGuide("docs/guides/backends.md", {
  checks: {
    "See which kernel runs": "expect(tuned.kind, backend.kind);",
  },
});
