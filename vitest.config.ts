import { availableParallelism } from "node:os";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig, mergeConfig } from "vitest/config";
import { browserLaunchOptions } from "./tools/browser.mjs";
import { ClosingLineReporter } from "./tools/closing-line-reporter.js";
import { LongestFirst } from "./tools/longest-first.js";
import { preferPages } from "./tools/page-priority.js";
import viteConfig from "./vite.config.js";

/** The headless browser of the tests that run in a page. */
const chromium = () => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({ launchOptions: browserLaunchOptions() }),
  instances: [{ browser: "chromium" as const }],
});

/** Tests that take the time. In the browser, others would disturb them: SwiftShader computes on all cores. */
const TIMED = [
  "test/runtime/webgpu/firefoxPoll.test.ts",
  "test/nn/waiting.test.ts",
  "test/runtime/wasm/taskQueue.test.ts",
];

/** Tests in Node that take the time of the demo's page. */
const TIMED_PAGE = ["test/demo/page/longRun.test.ts"];

/** Tests that count the heap. In a process with others, the count depends on what those have left behind. */
const HEAP = ["test/house/keptResults.test.ts"];

/** What the tests in Node share. */
const IN_NODE = {
  // Forks, since the Vulkan loader does not see the environment of a worker thread.
  pool: "forks" as const,
  // Tests of what becomes of handles that are collected as garbage.
  execArgv: ["--expose-gc"],
  setupFiles: ["test/support/setup.node.ts", "test/support/setup.ts"],
  testTimeout: 300_000,
  hookTimeout: 300_000,
};

export default mergeConfig(
  viteConfig,
  defineConfig({
    test: {
      reporters: ["default", new ClosingLineReporter()],
      // A busy machine may need more than the second that Vitest gives what is waited for.
      expect: { poll: { timeout: 30_000 } },
      // Vitest's own default, but for two cores it is one worker, which often waits for the adapter's threads while a core is idle.
      maxWorkers: Math.max(2, availableParallelism() - 1),
      sequence: { sequencer: LongestFirst },
      projects: [
        {
          extends: true,
          // Isolated as a page must be that wants shared memory.
          server: {
            headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
          },
          test: {
            name: "browser",
            include: ["test/**/*.test.ts"],
            // One page for all files: else each file loads the library and Vitest anew, which takes longer than most tests.
            isolate: false,
            // They read or write files, or need Node's threads or other processes.
            exclude: [
              "test/runtime/wasm/lowestAddress.test.ts",
              "test/bench/**",
              "test/distributed/faults/**",
              "test/distributed/nats/**",
              "test/distributed/runs/**",
              "test/house/**",
              "test/docs/**",
              "test/command/**",
              "test/conformance/onnx.test.ts",
              "test/io/checkpoint.test.ts",
              "test/onnx/export/**",
              "test/onnx/pretrained/**",
              "test/onnx/random/**",
              "test/keras/esrgan.test.ts",
              "test/keras/faceApi.test.ts",
              "test/nn/killed.test.ts",
              "test/package/**",
              "test/alone/**",
              "test/examples/**",
              ...TIMED,
              "test/chromium/**",
              "test/deno/**",
              "test/demo/**",
            ],
            setupFiles: "test/support/setup.ts",
            testTimeout: 300_000,
            hookTimeout: 300_000,
            browser: chromium(),
          },
        },
        {
          extends: true,
          test: {
            name: "alone",
            include: ["test/alone/**/*.test.ts", ...TIMED],
            // They take the time, so they wait until all others are done.
            sequence: { groupOrder: 1 },
            setupFiles: "test/support/setup.ts",
            testTimeout: 300_000,
            hookTimeout: 300_000,
            browser: { ...chromium(), commands: { preferPages } },
          },
        },
        {
          extends: true,
          test: {
            name: "page alone",
            include: TIMED_PAGE,
            sequence: { groupOrder: 2 },
            pool: "forks",
            testTimeout: 300_000,
            hookTimeout: 300_000,
          },
        },
        {
          extends: true,
          test: {
            name: "node",
            include: ["test/**/*.test.ts"],
            exclude: ["test/browser/**", "test/alone/**", "test/deno/**", ...TIMED_PAGE, ...HEAP],
            isolate: false,
            globalSetup: "test/support/globalSetup.node.ts",
            ...IN_NODE,
          },
        },
        { extends: true, test: { name: "own process", include: HEAP, ...IN_NODE } },
      ],
    },
  }),
);
