import { testGuide } from "../support/guide.js";

testGuide("docs/guides/own-layer.md", {
  joined: ["The ONNX form of your layer"],
  checks: {
    "The ONNX form of your layer": "expect(file.length > 1000, true);",
    "A layer of layers": `
      expect(blocks.weights.size, 14);
      expect(blocks.predict(backend.zeros([2, 28, 28, 8])).shape.join(), "2,28,28,8");
    `,
    "Your own loss and metric": "expect(Object.keys(history.at(-1)?.metrics ?? {}).join(), 'accuracy,confidence');",
  },
});
