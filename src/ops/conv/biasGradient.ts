import type { Launcher } from "../../core/operation.js";
import type { Storage } from "../../core/storage.js";
import { launchReduction, planReduction } from "../kit/reduction.js";

/** The gradient of a bias: the sum of dy [..., channels] over all axes but the innermost. */
export function launchBiasGradient(launcher: Launcher, dy: Storage, db: Storage): void {
  const channels = db.elements;
  const stages = planReduction([dy.elements / channels, channels], [1, channels], launcher.traits);
  launchReduction(launcher, stages, { x: dy, y: db });
}
