import { expect, test } from "vitest";
import { splitSamples } from "../../../demo/page/data/items.js";
import { samplesOfClasses } from "../../../demo/page/own/useOwnPictures.js";
import { pageTests } from "../support/page.js";
import { pictureFile } from "../support/pictureFile.js";

const { open } = pageTests();

const pictures = (colour: string, count: number) => Array.from({ length: count }, (_, n) => pictureFile(colour, n));

test("a network learns from fewer pictures than a batch has; what is no picture is refused in a sentence", async () => {
  const page = await open("compute=wasm&data=own");
  await page.waitForSelector("[data-activity=paused]");
  const train = page.getByRole("button", { name: "Train" });
  await expect.poll(() => train.isDisabled()).toBe(true);
  await expect
    .poll(async () => page.textContent(`#${await train.getAttribute("aria-describedby")}`))
    .toContain("pictures in two classes");
  await page.getByLabel("Name of class 1").fill("red");
  await page.getByLabel("Choose pictures of red").setInputFiles(pictures("red", 3));
  await page
    .getByLabel("Choose pictures of Class 2")
    .setInputFiles([
      ...pictures("blue", 6),
      { name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") },
    ]);
  await expect.poll(() => page.textContent(".own-refusal")).toBe("This browser finds no picture in notes.txt.");
  await expect.poll(() => page.locator(".own-pictures button").count()).toBe(9);
  await page.waitForSelector(".go .main:not(:disabled)");
  // The network of nine pictures is there. The step is one of the network that follows it.
  await page.evaluate(() => {
    document.querySelector<HTMLElement>("[aria-label='Remove picture 6 of Class 2']")?.click();
    return Promise.resolve().then(() => {
      for (const button of document.querySelectorAll<HTMLElement>(".go button"))
        if (button.textContent === "Step") button.click();
    });
  });
  await expect.poll(() => page.locator(".own-pictures button").count()).toBe(8);
  // Seven pictures are fewer than a batch. One of five is kept for the test; of three, none is.
  await expect
    .poll(() => page.textContent("h1"))
    .toMatch(/recognizes (all|none of the|\d of the) 4( of the)? pictures of the test/);
  await expect
    .poll(() => page.textContent(".learn-title .quiet"))
    .toMatch(/ 7 of your pictures in each of 1 step\..*fewer than five pictures is tested with those/);
  await expect.poll(() => page.locator(".confusion th[scope=row]").allTextContents()).toEqual(["red", "Class 2"]);
});

test("a new picture is tried without a new network; a link to pictures of one's own asks for them", async () => {
  const page = await open("compute=wasm&data=own&steps=40");
  await page.waitForSelector("[data-activity=paused]");
  await expect.poll(() => page.locator("[role=alert]").count()).toBe(0);
  await expect.poll(() => page.textContent("h1")).toBe("Show it two kinds of things to tell apart");
  await page.getByLabel("Choose pictures of Class 1").setInputFiles(pictures("red", 9));
  await page.getByLabel("Choose pictures of Class 2").setInputFiles(pictures("blue", 9));
  await page.waitForSelector(".go .main:not(:disabled)");
  await page.getByRole("button", { name: "Step" }).click();
  // Of nine, two are kept.
  await expect.poll(() => page.textContent("h1")).toMatch(/4( of the)? pictures kept for the test$/);
  const line = await page.textContent(".learn-title .quiet");
  const caption = () => page.textContent(".picture p");
  const known = await caption();

  await page.getByLabel("Try a new picture").setInputFiles(pictures("purple", 1));
  await expect.poll(caption).toContain("a picture that you try");
  await page.getByRole("button", { name: "Take it away" }).click();
  await expect.poll(caption).toBe(known);
  await page.evaluate(async (bytes) => {
    const data = new DataTransfer();
    const file = Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0));
    data.items.add(new File([file], "green.png", { type: "image/png" }));
    const drop = new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
    document.querySelector(".large-picture")?.dispatchEvent(drop);
  }, pictureFile("green", 1).buffer.toString("base64"));
  await expect.poll(caption).toContain("a picture that you try");
  await page.getByLabel("Look at: Class 2").click();
  await expect.poll(caption).toContain("Class 2");
  await page
    .getByLabel("Try a new picture")
    .setInputFiles([{ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("no picture") }]);
  await page.getByText("This browser finds no picture in notes.txt.").waitFor();
  // It is the same network, and no picture more.
  await expect.poll(() => page.textContent(".learn-title .quiet")).toBe(line);
  await expect.poll(() => page.locator(".own-pictures button").count()).toBe(18);
});

test("pictures are pasted, dropped beside the classes, and taken by the camera; the page stays", async () => {
  const page = await open("compute=wasm&data=own");
  await page.waitForSelector("[data-activity=paused]");
  const address = page.url();
  const bytes = pictureFile("green", 1).buffer.toString("base64");
  const give = (type: "paste" | "drop") =>
    page.evaluate(
      ([type, bytes]) => {
        const data = new DataTransfer();
        const file = Uint8Array.from(atob(bytes), (byte) => byte.charCodeAt(0));
        data.items.add(new File([file], "green.png", { type: "image/png" }));
        const event =
          type === "paste"
            ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true })
            : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
        document.body.dispatchEvent(event);
        return event.defaultPrevented;
      },
      [type, bytes] as const,
    );
  await page.getByLabel("Name of class 2").focus();
  await give("paste");
  const taken = await give("drop");
  expect(taken).toBe(true);
  await expect.poll(() => page.getByLabel(/^Remove picture \d of Class 2/).count()).toBe(2);

  await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d");
    setInterval(() => context?.fillRect(0, 0, 300, 150), 30);
    navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(30);
  });
  await page.getByRole("button", { name: "Use the camera" }).click();
  await page.waitForSelector(".camera");
  const take = page.getByRole("button", { name: "Take pictures of Class 1" });
  await expect
    .poll(async () => {
      await take.press("Enter");
      return page.getByLabel(/^Remove picture \d+ of Class 1/).count();
    })
    .toBeGreaterThan(0);
  await expect.poll(() => page.textContent(".picture p")).toContain("what the camera sees");
  await page.getByRole("button", { name: "Stop the camera" }).click();
  await expect.poll(() => page.textContent(".picture p")).toContain("Class 1");
  expect(page.url().split("#")[0]).toBe(address.split("#")[0]);
});

test("every fifth picture of a class is for the test; of few pictures, those that it learns from", () => {
  const classes = [3, 10, 0].map((count, label) => ({
    name: `class ${label}`,
    pictures: Array.from({ length: count }, (_, n) => new Uint8Array(28 * 28 * 3).fill(10 * label + n)),
  }));
  const samples = samplesOfClasses(classes);
  if (!samples) throw new Error("there are two classes with pictures");
  const { train, test: held } = splitSamples(samples.classes, samples.pictures);
  expect([...train.labels]).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
  expect([...held.labels]).toEqual([0, 0, 0, 1, 1]);
  expect(held.images[3 * 28 * 28 * 3]).toBe(18);
  expect(samplesOfClasses(classes.slice(0, 1))).toBeUndefined();
});
