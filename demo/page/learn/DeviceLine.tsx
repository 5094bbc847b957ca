import type { RoomProps } from "../App.js";
import { count } from "../look/words.js";
import { COMPUTES, type Settings } from "../settings/settings.js";
import type { Device } from "../worker/messages.js";
import { Choice } from "./strip/Choice.js";

export const COMPUTE_WORDS: Readonly<Record<Settings["compute"], string>> = {
  auto: "What is best here",
  webgpu: "WebGPU",
  wasm: "WebAssembly",
  cpu: "The reference, which is slow",
};

/** What computes, and how fast. Why it does is behind a button, and so is another choice. */
export function DeviceLine({ network, settings, change }: RoomProps) {
  const { device, snapshot } = network;
  if (!device) return <p class="small device">Opening a device …</p>;
  const speed = snapshot?.imagesPerSecond ?? Number.NaN;
  return (
    <div class="small device">
      <details>
        <summary>On {nameOf(device)}</summary>
        <div class="why">
          <p>{reasonFor(device)}</p>
          <Choice
            label="Compute with"
            value={settings.compute}
            choices={COMPUTES.map((compute) => [compute, COMPUTE_WORDS[compute]] as const)}
            choose={(compute) => change({ compute })}
          />
        </div>
      </details>
      <p>
        {snapshot && !Number.isNaN(speed)
          ? `${count(Number(speed.toPrecision(2)))} pictures a second, step ${count(snapshot.step)}. `
          : ""}
        All stays in this tab.
      </p>
    </div>
  );
}

export function nameOf({ kind, name, software, threads }: Device): string {
  switch (kind) {
    case "webgpu":
      return software ? `${name}: WebGPU on the processor, no graphics card` : `${name} by WebGPU`;
    case "wasm":
      return `WebAssembly, ${threads === 1 ? "one thread" : `${threads} threads`} of the processor`;
    case "cpu":
      return "the reference in TypeScript, which is slow";
  }
}

function reasonFor({ kind, reason, software }: Device): string {
  if (reason) return `There is no WebGPU here: ${reason}`;
  if (kind === "wasm") return "WebAssembly was asked for.";
  if (kind === "cpu") return "The reference was asked for.";
  return software
    ? "WebGPU is there, but no graphics card: the processor does its work."
    : "This browser gives WebGPU, so the graphics card computes.";
}
