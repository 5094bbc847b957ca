/** The bench's calls in words. */
import type { Task } from "../../../bench/tasks.js";
import type { MeasuredCall } from "./measurements.js";

const POOLS = /^(max|average)Pool2d/;

export function titleOf(task: Task): string {
  switch (task.operator) {
    case "conv2d":
    case "conv2dBackwardInput":
    case "conv2dBackwardFilter":
    case "conv2dBackwardBias": {
      const [r, s, c, k] = task.w;
      return `${r} × ${s} convolution, ${c} to ${k} channels`;
    }
    default:
      return `${POOLS.exec(task.operator)?.[1] === "max" ? "Max" : "Average"} pool of 2 × 2`;
  }
}

const PASSES: Readonly<Record<string, string>> = {
  conv2dBackwardInput: ", backward: dx",
  conv2dBackwardFilter: ", backward: dw",
  conv2dBackwardBias: ", backward: db",
  maxPool2dBackward: ", backward",
  averagePool2dBackward: ", backward",
};

export function detailOf(task: Task): string {
  if (task.operator === "other") return task.of.name;
  const [n, h, w, c] = task.x;
  const pictures = `${n} ${n === 1 ? "picture" : "pictures"} of ${h} × ${w}`;
  const channels = POOLS.test(task.operator) ? `, ${c} channels` : "";
  return `${pictures}${channels}${PASSES[task.operator] ?? ""}`;
}

export const groupOf = ({ operator }: Task): MeasuredCall["group"] => (POOLS.test(operator) ? "pool" : "convolution");
