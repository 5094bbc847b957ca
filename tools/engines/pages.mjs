import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { text } from "node:stream/consumers";

/** @typedef {import("node:http").IncomingMessage} IncomingMessage */
/** @typedef {import("node:http").ServerResponse} ServerResponse */
/** @typedef {import("./browsers.mjs").OpenBrowser} OpenBrowser */

/** The longest that a page may take on a slow machine. */
const MOST_MILLISECONDS = 15 * 60_000;

const HEADERS = {
  plain: {},
  isolated: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
  // It lacks 'wasm-unsafe-eval'.
  strict: { "Content-Security-Policy": "script-src 'self'; worker-src 'self' blob:" },
};

/** @type {Readonly<Record<string, string>>} */
const TYPES = { ".html": "text/html", ".js": "text/javascript" };

/**
 * Serves the page of test/engines to one browser, with different headers in different folders. The page reports what it has found. The answer
 * to the report tells it where to go next, so the browser needs no driver.
 */
export class Pages {
  #server = createServer((request, response) => void this.#serve(request, response));
  /** @type {(report: string) => void} */
  #reported = () => {};
  /** @type {ServerResponse | undefined} The answer to the last report. */
  #answer;
  /** @type {OpenBrowser | undefined} */
  #browser;
  #preferred = false;

  /**
   * @param {string} folder the built page
   * @param {(url: string) => Promise<OpenBrowser>} open
   */
  constructor(folder, open) {
    this.folder = folder;
    this.open = open;
  }

  /**
   * Sends the browser to a page, and waits for its report.
   * @template Result
   * @param {keyof typeof HEADERS} headers
   * @param {string} task one of test/engines/page.ts
   * @param {number} threads
   * @param {boolean} [preferred] whether the browser gets priority over other work of the machine, where that is possible
   * @returns {Promise<Result>}
   * @throws (rejects with) an error of the page, and if the browser ends
   */
  async visit(headers, task, threads, preferred = false) {
    this.#preferred = preferred;
    /** @type {Promise<string>} */
    const reported = new Promise((resolve) => {
      this.#reported = resolve;
    });
    const path = `/${headers}/index.html?task=${task}&threads=${threads}`;
    if (this.#answer) this.#answer.end(path);
    this.#browser ??= await this.open(`http://localhost:${await this.#port()}${path}`);
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const silent = new Promise((_, reject) => {
      const error = new Error(`${path} reports nothing within ${MOST_MILLISECONDS / 60_000} minutes`);
      timer = setTimeout(() => reject(error), MOST_MILLISECONDS);
    });
    const ended = this.#browser.ended.then((why) => Promise.reject(new Error(`${path}: the browser ended, ${why}`)));
    try {
      /** @type {{ result: Result } | { error: string }} */
      const report = JSON.parse(String(await Promise.race([reported, silent, ended])));
      if ("error" in report) throw new Error(`${path}: ${report.error}`);
      return report.result;
    } finally {
      clearTimeout(timer);
    }
  }

  async close() {
    await this.#browser?.close();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** @returns {Promise<number>} */
  #port() {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(0, "localhost", () => {
        const address = this.#server.address();
        if (typeof address === "object" && address !== null) resolve(address.port);
      });
    });
  }

  /**
   * @param {IncomingMessage} request
   * @param {ServerResponse} response
   */
  async #serve(request, response) {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/report") {
      this.#answer = response;
      this.#reported(await text(request));
      return;
    }
    // Now the page has its process.
    if (this.#preferred && extname(pathname) === ".js") await this.#browser?.prefer();
    const [, headers = "", ...path] = pathname.split("/");
    try {
      const content = await readFile(join(this.folder, ...path));
      const type = TYPES[extname(pathname)] ?? "application/octet-stream";
      response.writeHead(200, {
        "Content-Type": type,
        ...Object.entries(HEADERS).find(([name]) => name === headers)?.[1],
      });
      response.end(content);
    } catch {
      response.writeHead(404).end();
      // Without one of its files, the page would report nothing.
      if (headers in HEADERS) this.#reported(JSON.stringify({ error: `there is no ${pathname}` }));
    }
  }
}
