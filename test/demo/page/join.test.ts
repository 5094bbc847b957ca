import { describe, expect, test } from "vitest";
import { jobOf, serversOf } from "../../../demo/page/join/address.js";
import { obstacleTo } from "../../../demo/page/join/obstacle.js";
import { type Line, Volunteer } from "../../../demo/page/join/volunteer.js";
import { titleOf } from "../../../demo/page/join/words.js";
import { parseSettings } from "../../../demo/page/settings/notation.js";
import type { Answers, PartOf, Questions } from "../../../demo/page/worker/questions.js";
import { faultsOf } from "../support/faults.js";
import { pageTests } from "../support/page.js";

const { open } = pageTests();

describe("before a volunteer joins", () => {
  test("the address fills everything in, and nothing connects before the click", async () => {
    const page = await open("room=join&servers=ws://127.0.0.1:1&job=digits-1&compute=wasm");
    const sockets: string[] = [];
    page.on("websocket", (socket) => sockets.push(socket.url()));
    const asked: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    await expect.poll(() => page.getByLabel("Server").inputValue()).toBe("ws://127.0.0.1:1");
    await expect.poll(() => page.getByLabel("Job").inputValue()).toBe("digits-1");
    await expect.poll(() => page.textContent("h1")).toBe("Help to train “digits-1” with this tab");
    await page.waitForSelector("[data-activity=paused]");
    await expect.poll(() => page.getByRole("button", { name: "Join" }).isEnabled()).toBe(true);
    expect(sockets).toEqual([]);
    expect(asked.filter((url) => /volunteering/.test(url))).toEqual([]);
  });

  test("two fields are filled in by keys, mistakes are said, and the link holds them", async () => {
    const page = await open("room=join&compute=wasm");
    const button = page.getByRole("button", { name: "Join" });
    await expect.poll(() => button.isDisabled()).toBe(true);
    await page.getByLabel("Server").focus();
    await page.keyboard.type("train.example.org");
    await expect.poll(() => page.locator(".wrong").count()).toBe(0);
    await page.keyboard.press("Tab");
    await page.keyboard.type("digits 1");
    await page.keyboard.press("Tab");
    await expect
      .poll(() => page.locator(".wrong").allTextContents())
      .toEqual([expect.stringMatching(/wss:\/\//), expect.stringMatching(/64 letters/)]);
    await expect.poll(() => page.getByLabel("Server").getAttribute("aria-invalid")).toBe("true");
    const found = await faultsOf(page);
    expect(found).toEqual([]);
    await page.getByLabel("Server").fill("wss://train.example.org, wss://[::1]:9222");
    await page.getByLabel("Job").fill(" digits-1 ");
    await page.getByLabel("Compute with").selectOption("WebGPU");
    await expect.poll(() => page.locator(".wrong").count()).toBe(0);
    await expect.poll(() => button.isEnabled()).toBe(true);
    await expect
      .poll(() => {
        const { servers, job, lend } = parseSettings(new URL(page.url()).hash);
        return { servers, job, lend };
      })
      .toEqual({ servers: "wss://train.example.org,wss://[::1]:9222", job: "digits-1", lend: "webgpu" });
  });

  test("the addresses of servers and the names of jobs are known from other texts", () => {
    expect(serversOf("ws://10.0.0.1:9222")).toEqual(["ws://10.0.0.1:9222"]);
    expect(serversOf(" wss://a.example,ws://[::1]:80\n")).toEqual(["wss://a.example", "ws://[::1]:80"]);
    for (const text of [
      "",
      ",",
      "host:9222",
      "nats://host:4222",
      "ws://",
      "ws://a/b",
      "ws://a b",
      "ws://user:pass@a",
    ]) {
      expect(serversOf(text), text).toBeUndefined();
    }
    expect(["a", " digits-1 ", "A_b", "x".repeat(64)].map(jobOf)).toEqual(["a", "digits-1", "A_b", "x".repeat(64)]);
    for (const text of ["", "two words", "a.b", "ä", "x".repeat(65)]) expect(jobOf(text), text).toBeUndefined();
  });

  test("a page by https joins only servers with encryption, or this device; a page by http none", () => {
    const https = { protocol: "https:", isSecureContext: true };
    expect(obstacleTo(["wss://a.example", "ws://b.example:80"], https)).toMatch(/ws:\/\/b\.example:80 has none/);
    expect(obstacleTo(["ws://127.0.0.1.example.org"], https)).toMatch(/encryption/);
    for (const server of [
      "wss://a.example",
      "WSS://a.example",
      "ws://127.0.0.1:80",
      "ws://localhost",
      "ws://[::1]:80",
    ]) {
      expect(obstacleTo([server], https), server).toBeUndefined();
    }
    expect(obstacleTo(["ws://192.168.0.7"], { protocol: "http:", isSecureContext: true })).toBeUndefined();
    expect(obstacleTo(["wss://a.example"], { protocol: "http:", isSecureContext: false })).toMatch(/by https:\/\//);
  });
});

interface Asked {
  readonly kind: keyof Questions;
  readonly signal: AbortSignal | undefined;
  resolve(answer: unknown): void;
  reject(error: Error): void;
  tell(progress: number, part: PartOf<keyof Questions>): void;
}

/** A line to no worker: the test answers. */
class FakeLine implements Line {
  readonly asked: Asked[] = [];
  closed = 0;

  ask<Kind extends keyof Questions>(
    kind: Kind,
    _: Questions[Kind],
    tell: (progress: number, part: PartOf<Kind>) => void = () => undefined,
    signal?: AbortSignal,
  ): Promise<Answers[Kind]> {
    return new Promise((resolve, reject) => this.asked.push({ kind, signal, resolve, reject, tell }));
  }

  close(): void {
    this.closed++;
  }
}

describe("a volunteer", () => {
  const question = { servers: ["ws://a"], job: "digits-1", lend: "wasm" } as const;
  const part = { type: "part", round: 2, rounds: 8, parts: 3, loss: 0.5, imagesPerSecond: 100 } as const;

  function joined() {
    const lines: FakeLine[] = [];
    const volunteer = new Volunteer(() => {
      const line = new FakeLine();
      lines.push(line);
      return line;
    });
    volunteer.join(question);
    const [line] = lines;
    const [work] = line?.asked ?? [];
    if (!line || !work) throw new Error("nothing was asked");
    const title = () => titleOf(volunteer.state, "");
    return { volunteer, lines, line, work, title };
  }

  test("waits, works and is thanked", async () => {
    const { volunteer, lines, line, work, title } = joined();
    volunteer.join(question);
    expect(lines.length).toBe(1);
    expect(title()).toBe("Connecting to the server …");
    work.tell(0, { type: "waiting" });
    expect(title()).toBe("Connected. Waiting for “digits-1” to begin …");
    work.tell(0, { type: "joined" });
    expect(title()).toBe("Joined “digits-1”. Waiting for the first part of the work …");
    work.tell(0.25, part);
    expect(title()).toBe("This tab has done 3 parts of “digits-1”");
    work.resolve({ parts: 4 });
    await expect.poll(title).toBe("“digits-1” is trained. This tab did 4 parts of it. Thank you!");
    expect(line.closed).toBe(1);
  });

  test("leaves at once; its worker ends when the part is given back, and is heard no more", async () => {
    const { volunteer, lines, line, work, title } = joined();
    work.tell(0.25, part);
    volunteer.leave();
    expect(title()).toBe("You have left “digits-1”. This tab did 3 parts of it. Thank you!");
    expect(work.signal?.aborted).toBe(true);
    work.tell(0.5, { ...part, parts: 5 });
    work.reject(new Error("aborted"));
    expect(title()).toMatch(/did 3 parts/);
    expect(line.asked.map(({ kind }) => kind)).toEqual(["volunteer", "leave"]);
    expect(line.closed).toBe(0);
    line.asked[1]?.resolve(undefined);
    await expect.poll(() => line.closed).toBeGreaterThan(0);
    // Who comes back gets another worker.
    volunteer.join(question);
    expect([volunteer.state.stage, volunteer.state.parts, lines.length]).toEqual(["connecting", 0, 2]);
  });

  test("says why it could not join, or had to leave", async () => {
    const early = joined();
    early.work.reject(new Error("no server"));
    await expect.poll(early.title).toBe("This tab could not join “digits-1”");
    expect([early.volunteer.state.failure, early.line.closed]).toEqual(["no server", 1]);
    const late = joined();
    late.work.tell(0.25, part);
    late.work.reject(new Error("the job failed"));
    await expect.poll(late.title).toBe("This tab had to leave “digits-1”. This tab did 3 parts of it. Thank you!");
  });
});
