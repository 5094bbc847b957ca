import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { build } from "vite";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import { browserLaunchOptions } from "../../../tools/browser.mjs";

/** Where no page lies that thinks itself at the root of its server. */
const ADDRESS = "http://localhost/some/folder/index.html";

let built: Promise<string> | undefined;

/** Builds the page into a folder, once for all test files of a process. */
export function builtPage(): Promise<string> {
  built ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), "webgpu-cnn-demo-"));
    process.once("exit", () => rmSync(folder, { recursive: true }));
    const configFile = fileURLToPath(new URL("../../../demo/vite.config.ts", import.meta.url));
    // As visitors get it: with the test's own value, Vite would build components for development.
    const environment = process.env["NODE_ENV"];
    process.env["NODE_ENV"] = "production";
    await build({ configFile, logLevel: "error", build: { outDir: folder } });
    process.env["NODE_ENV"] = environment;
    return folder;
  })();
  return built;
}

export interface OpenOptions extends BrowserContextOptions {
  /** Serve the page so that it may use threads. */
  readonly isolated?: boolean;
}

/** What the tests of the page share: a browser for the file, a new page for each test, and no word in the console. */
export function pageTests() {
  let browser: Browser;
  beforeAll(async () => {
    [browser] = await Promise.all([chromium.launch({ headless: true, ...browserLaunchOptions() }), builtPage()]);
  });
  afterAll(() => browser.close());

  const complaints: string[] = [];
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    expect(complaints.splice(0)).toEqual([]);
  });

  /** Opens the built page with these settings in its address, and waits until the network is there. */
  async function open(settings = "", { isolated = false, ...options }: OpenOptions = {}): Promise<Page> {
    const folder = await builtPage();
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    page.on("pageerror", ({ message }) => complaints.push(message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complaints.push(message.text());
    });
    const root = new URL(".", ADDRESS).pathname;
    await page.route("http://localhost/**", (route) => {
      const { pathname } = new URL(route.request().url());
      if (!pathname.startsWith(root)) return route.abort();
      const headers = isolated
        ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }
        : {};
      const path = join(folder, pathname.slice(root.length));
      return route.fulfill({ path, headers: { ...headers, "Content-Type": contentType(path) } });
    });
    await page.goto(`${ADDRESS}#${settings}`);
    await page.waitForSelector("[data-device]");
    return page;
  }
  return { open };
}

const TYPES: Readonly<Record<string, string>> = { html: "text/html", js: "text/javascript", css: "text/css" };

const contentType = (path: string) => TYPES[path.split(".").at(-1) ?? ""] ?? "application/octet-stream";
