import { playwright } from "@vitest/browser-playwright";
import { defineConfig, mergeConfig } from "vitest/config";
import { browserLaunchOptions } from "./tools/browser.mjs";
import { ClosingLineReporter } from "./tools/closing-line-reporter.js";
import viteConfig from "./vite.config.js";

export default mergeConfig(
  viteConfig,
  defineConfig({
    test: {
      reporters: ["default", new ClosingLineReporter()],
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
            // They read files of the repository, or beside it.
            exclude: ["test/house.test.ts", "test/conformance/onnx.test.ts", "test/package/**"],
            testTimeout: 60_000,
            hookTimeout: 60_000,
            browser: {
              enabled: true,
              headless: true,
              screenshotFailures: false,
              provider: playwright({ launchOptions: browserLaunchOptions() }),
              instances: [{ browser: "chromium" }],
            },
          },
        },
        {
          extends: true,
          test: {
            name: "node",
            include: ["test/**/*.test.ts"],
            exclude: ["test/browser/**"],
            // Forks, since the Vulkan loader does not see the environment of a worker thread.
            pool: "forks",
            isolate: false,
            globalSetup: "test/support/globalSetup.node.ts",
            setupFiles: "test/support/setup.node.ts",
            testTimeout: 60_000,
            hookTimeout: 60_000,
          },
        },
      ],
    },
  }),
);
