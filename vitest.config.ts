import { playwright } from "@vitest/browser-playwright";
import { defineConfig, mergeConfig } from "vitest/config";
import { ClosingLineReporter } from "./tools/closing-line-reporter.js";
import { unpackBrowser } from "./tools/softwareAdapter.mjs";
import viteConfig from "./vite.config.js";

/** WebGPU on SwiftShader, as the headless shell has it. */
const BROWSER_ARGUMENTS = [
  "--enable-unsafe-webgpu",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
  "--use-angle=swiftshader",
];

/** The browser brings its own driver; what the Node project set for Dawn must not reach it. */
function withoutVulkan(environment: NodeJS.ProcessEnv): Record<string, string> {
  const entries = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || name.startsWith("VK_") ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}

export default mergeConfig(
  viteConfig,
  defineConfig({
    test: {
      reporters: ["default", new ClosingLineReporter()],
      projects: [
        {
          extends: true,
          test: {
            name: "browser",
            include: ["test/**/*.test.ts"],
            // What is about files, processes and Node's own entry.
            exclude: ["test/house.test.ts"],
            testTimeout: 60_000,
            hookTimeout: 60_000,
            browser: {
              enabled: true,
              headless: true,
              screenshotFailures: false,
              provider: playwright({
                launchOptions: {
                  executablePath: process.env["CHROMIUM_PATH"] ?? unpackBrowser(),
                  chromiumSandbox: false,
                  args: BROWSER_ARGUMENTS,
                  env: withoutVulkan(process.env),
                },
              }),
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
