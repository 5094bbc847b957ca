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

/** CHROMIUM_PATH names another browser than the one from npm, as machines other than Linux on x64 need. */
function browserLaunchOptions() {
  // The browser brings its own driver; what the Node project sets for Dawn must not reach it.
  const environment = Object.entries(process.env).flatMap(([name, value]) =>
    value === undefined || name.startsWith("VK_") ? [] : [[name, value] as const],
  );
  const own = process.env["CHROMIUM_PATH"];
  const { executable, libraries } = own ? { executable: own, libraries: "" } : unpackBrowser();
  return {
    executablePath: executable,
    chromiumSandbox: false,
    args: BROWSER_ARGUMENTS,
    env: { ...Object.fromEntries(environment), ...(libraries && { LD_LIBRARY_PATH: libraries }) },
  };
}

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
            exclude: ["test/house.test.ts", "test/conformance/onnx.test.ts"],
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
