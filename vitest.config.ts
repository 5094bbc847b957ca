import { defineConfig, mergeConfig } from "vitest/config";
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
