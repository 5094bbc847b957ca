import { defineConfig, mergeConfig } from "vitest/config";
import viteConfig from "../vite.config.js";
import { ClosingLineReporter } from "./closing-line-reporter.js";

/** The tests that run on Deno's WebGPU, wgpu, whose compiler for WGSL is naga. tools/testDeno.mjs starts them. */
export default mergeConfig(
  viteConfig,
  defineConfig({
    test: {
      reporters: ["default", new ClosingLineReporter()],
      expect: { poll: { timeout: 30_000 } },
      include: [
        "test/{autograd,backend,conformance,core,deno,errors,nn,ops,runtime}/**/*.test.ts",
        "test/peers.test.ts",
      ],
      pool: "forks",
      isolate: false,
      setupFiles: "test/support/setup.ts",
      testTimeout: 60_000,
      hookTimeout: 60_000,
    },
  }),
);
