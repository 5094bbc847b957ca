import { testGuide } from "../support/guide.js";

testGuide("docs/guides/training.md", {
  checks: {
    compile: "expect(model.stepsDone, 8);",
    fit: "expect(model.epochsDone, 4 + stopped.length);",
    "Evaluate and predict": "expect(shape.join(), '100,10');",
    "Resume after a crash": `
      const whole = makeModel();
      await whole.fit(train, { epochs: 5, batchSize: 64 });
      const bitsOf = async (model: Sequential) => (await model.weights.get("dense.kernel")?.read())?.join();
      expect(await bitsOf(resumed), await bitsOf(whole));
      expect(resumed.stepsDone, 40);
    `,
  },
});
