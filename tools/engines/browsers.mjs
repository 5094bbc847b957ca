import { execFile, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { chromium } from "playwright";
import { browserLaunchOptions } from "../browser.mjs";
import { descendantsOf, prefer } from "../priority.mjs";

/**
 * A browser that shows a page.
 * @typedef {object} OpenBrowser
 * @property {Promise<string>} ended tells why, if it ends by itself
 * @property {() => Promise<void>} prefer gives its threads priority over other work of the machine
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} Browser
 * @property {string} name with its version
 * @property {(url: string) => Promise<OpenBrowser>} open
 */

/** The headless Chromium of the tests. @returns {Promise<Browser>} */
export async function findChromium() {
  const options = { headless: true, ...browserLaunchOptions() };
  const browser = await chromium.launch(options);
  const version = browser.version();
  await browser.close();
  return { name: `Chromium ${version}`, open };

  /** @param {string} url @returns {Promise<OpenBrowser>} */
  async function open(url) {
    const browser = await chromium.launch(options);
    const page = await browser.newPage();
    await page.goto(url);
    return {
      ended: new Promise((resolve) => {
        page.on("crash", () => resolve("its page crashed"));
        browser.on("disconnected", () => resolve("disconnected"));
      }),
      async prefer() {
        const session = await browser.newBrowserCDPSession();
        const { processInfo } = await session.send("SystemInfo.getProcessInfo");
        prefer(processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id));
        await session.detach();
      },
      close: () => browser.close(),
    };
  }
}

/** Settings of a fresh profile: no pages, questions or messages of its own. */
const FIREFOX_SETTINGS = {
  "app.update.disabledForTesting": true,
  "browser.aboutwelcome.enabled": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.homepage_override.mstone": "ignore",
  "browser.startup.page": 0,
  "datareporting.policy.dataSubmissionEnabled": false,
  "datareporting.policy.dataSubmissionPolicyBypassNotification": true,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "toolkit.telemetry.reportingpolicy.firstRun": false,
};

/**
 * Firefox: `FIREFOX_PATH`, or the one on the PATH.
 * @returns {Promise<Browser | undefined>} undefined if there is none
 */
export async function findFirefox() {
  const executable = process.env["FIREFOX_PATH"] || onPath("firefox-esr") || onPath("firefox");
  if (executable === undefined) return undefined;
  const { stdout } = await promisify(execFile)(executable, ["--version"]);
  return { name: stdout.trim().replace("Mozilla ", ""), open };

  /** @param {string} url @returns {Promise<OpenBrowser>} */
  async function open(url) {
    const profile = await mkdtemp(join(tmpdir(), "webgpu-cnn-firefox-"));
    const settings = Object.entries(FIREFOX_SETTINGS).map(
      (setting) => `user_pref(${setting.map((part) => JSON.stringify(part)).join(", ")});\n`,
    );
    await writeFile(join(profile, "user.js"), settings.join(""));
    const parameters = ["--headless", "--no-remote", "--new-instance", "--profile", profile, url];
    const firefox = spawn(executable ?? "", parameters, { stdio: "ignore" });
    /** @type {Promise<string>} */
    const ended = new Promise((resolve) => {
      firefox.once("error", ({ message }) => resolve(message));
      firefox.once("exit", (status, signal) => resolve(`status ${status ?? signal}`));
    });
    return {
      ended,
      async prefer() {
        if (firefox.pid !== undefined) prefer([firefox.pid, ...descendantsOf(firefox.pid)]);
      },
      async close() {
        firefox.kill();
        await ended;
        // Its other processes may still be writing.
        await rm(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 300 });
      },
    };
  }
}

/** @param {string} name @returns {string | undefined} */
function onPath(name) {
  const files = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name));
  return files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
