import type { Answer, Question } from "./messages.js";

const worker = new Worker(new URL("./trainer.ts", import.meta.url), { type: "module" });
const ask = (question: Question) => worker.postMessage(question);

const [start, stop, progress] = [
  find("start", HTMLButtonElement),
  find("stop", HTMLButtonElement),
  find("progress", HTMLProgressElement),
];
const [output, file] = [find("output", HTMLOutputElement), find("file", HTMLAnchorElement)];

start.addEventListener("click", () => {
  const digits = Number(new URLSearchParams(location.search).get("digits") ?? 9000); // ?digits=500 takes fewer
  // A relative address means something else in the worker: it counts from the worker's script.
  ask({ do: "train", data: new URL("data/", document.baseURI).href, digits });
  [start.disabled, stop.disabled] = [true, false];
});
stop.addEventListener("click", () => ask({ do: "stop" }));

worker.addEventListener("error", ({ message }) => fail(message));
worker.addEventListener("message", ({ data: answer }: MessageEvent<Answer>) => {
  switch (answer.is) {
    case "ready":
      start.disabled = false;
      output.value = answer.device;
      break;
    case "progress":
      progress.value = answer.done; // 1 is the end
      output.value = `epoch ${answer.epoch}, ${Math.round(100 * answer.done)} %: loss ${answer.loss.toFixed(3)}`;
      break;
    case "done":
      [start.disabled, stop.disabled] = [false, true];
      output.value = `${(100 * answer.accuracy).toFixed(1)} % of 1,000 other digits are right`;
      URL.revokeObjectURL(file.href);
      file.href = URL.createObjectURL(new Blob([answer.file]));
      file.hidden = false;
      break;
    case "error":
      fail(answer.message);
  }
});

function fail(message: string) {
  output.value = `The worker failed: ${message}`;
}

/** An element of the page, by its id. */
function find<Type extends HTMLElement>(id: string, type: new () => Type): Type {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no ${type.name} with the id ${id}`);
  return element;
}
