import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright";
import { browserLaunchOptions } from "../../tools/browser.mjs";

/** Opens an empty page in a new real browser, and closes the browser when `use` is done. */
export async function withEmptyPage<Result>(use: (page: Page, browser: Browser) => Promise<Result>): Promise<Result> {
  const browser = await chromium.launch({ headless: true, ...browserLaunchOptions() });
  try {
    return await use(await browser.newPage(), browser);
  } finally {
    await browser.close();
  }
}

/**
 * Opens `index.html` of a folder in a new real browser, and closes the browser when `use` is done.
 *
 * @param folder the root of the page's server
 * @param headers of every answer
 */
export function withPage<Result>(
  folder: string,
  use: (page: Page, browser: Browser) => Promise<Result>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Result> {
  return withEmptyPage(async (page, browser) => {
    // Answered without a server. A page on localhost is still a secure context, which WebGPU needs.
    await page.route("http://localhost/**", (route) =>
      route.fulfill({ path: join(folder, new URL(route.request().url()).pathname), headers }),
    );
    await page.goto("http://localhost/index.html");
    return await use(page, browser);
  });
}
