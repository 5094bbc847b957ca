import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, vi } from "vitest";
import { browserLaunchOptions } from "../../../../tools/browser.mjs";
import { root } from "../../support/pages.js";
import { siteFolder } from "./folder.js";
import { StaticServer } from "./server.js";

/** How long the tests wait for the site, in milliseconds. The build takes two minutes alone, and several beside other tests. */
export const BUILD_LIMIT = 1_200_000;

/**
 * Builds the site as `npm run build:docs` does, once for all processes of a test run. test/support/globalSetup.node.ts removes it.
 * DOCS_SITE names the folder of a site that is there already, such as dist-docs.
 *
 * @returns its folder
 */
export async function builtSite(): Promise<string> {
  const given = process.env["DOCS_SITE"];
  if (given) {
    if (!existsSync(join(given, "index.html"))) throw new Error(`DOCS_SITE: there is no site in ${given}`);
    return resolve(given);
  }
  const folder = siteFolder(process.ppid);
  const [site, outcome] = [join(folder, "site"), join(folder, "outcome")];
  try {
    mkdirSync(folder);
  } catch {
    // Another process builds it, or has built it.
    await vi.waitUntil(() => existsSync(outcome), { timeout: BUILD_LIMIT, interval: 500 });
    return site;
  }
  try {
    const program = join(root, "docs/tools/site/build.ts");
    await promisify(execFile)(process.execPath, [join(root, "tools/run.mjs"), program, site], {
      cwd: root,
      // As visitors get it: the test's own value would make it a site for development.
      env: { ...process.env, NODE_ENV: "production" },
      maxBuffer: 2 ** 26,
    });
  } finally {
    writeFileSync(outcome, "");
  }
  return site;
}

/** The pages of the site that people wrote, as paths without an ending, such as "guides/training". */
export function writtenPages(): string[] {
  return readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md") && !/^(?:api|tools|node_modules|\.vitepress)\b/.test(path))
    .map((path) => path.replace(/\.md$/, ""))
    .sort();
}

/** What tests of the site share: the built site on a server, a browser, a new page for each test, and no word in the console. */
export function siteTests() {
  let browser: Browser;
  let server: StaticServer;
  beforeAll(async () => {
    [browser, server] = await Promise.all([
      chromium.launch({ headless: true, ...browserLaunchOptions() }),
      builtSite().then((folder) => StaticServer.start(folder)),
    ]);
  }, BUILD_LIMIT);
  afterAll(async () => {
    await browser?.close();
    server?.stop();
  });

  const complaints: string[] = [];
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    expect(complaints.splice(0)).toEqual([]);
  });

  /** An empty page whose complaints fail the test, and whose requests must stay on the site. */
  async function newPage(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    const complain = (text: string) => complaints.push(`${page.url()}: ${text}`);
    page.on("pageerror", ({ message }) => complain(message));
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complain(message.text());
    });
    page.on("request", (request) => {
      if (!/^(?:blob|data):/.test(request.url()) && !request.url().startsWith(server.url)) complain(request.url());
    });
    return page;
  }

  /** Shows a page of the site, such as "guides/training", until it is alive. */
  async function show(page: Page, path: string): Promise<void> {
    await page.goto(`${server.url}${path}.html`);
    // VitePress mounts its app when it has loaded what the page needs.
    await page.waitForFunction(() => Reflect.has(document.querySelector("#app") ?? {}, "__vue_app__"));
  }

  async function open(path: string, options?: BrowserContextOptions): Promise<Page> {
    const page = await newPage(options);
    await show(page, path);
    return page;
  }
  return { newPage, show, open, url: () => server.url };
}
