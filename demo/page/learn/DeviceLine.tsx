import type { RoomProps } from "../App.js";
import { count } from "../look/words.js";
import type { Device } from "../worker/messages.js";

/** What computes, and how fast. */
export function DeviceLine({ network }: RoomProps) {
  const { device, snapshot } = network;
  if (!device) return <p class="small">Opening a device …</p>;
  const speed = snapshot?.imagesPerSecond ?? Number.NaN;
  return (
    <p class="small" title={device.reason}>
      On {nameOf(device)}.{" "}
      {snapshot &&
        !Number.isNaN(speed) &&
        `${count(Math.round(speed))} pictures a second, step ${count(snapshot.step)}. `}
      All stays in this tab.
    </p>
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
