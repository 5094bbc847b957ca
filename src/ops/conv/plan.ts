import { asOneRow, type Conv2dGeometry } from "../../core/geometry.js";
import type { DeviceTraits, Launcher } from "../../core/operation.js";
import { direct } from "./families/direct.js";
import { type AlgorithmRequest, FAMILIES } from "./families/index.js";
import type { ChosenPlan, Conv2dPass, ErrorBound, Family, Operands } from "./family.js";

/** Plans a pass as `planPass` does, and launches its kernels. */
export function launchPass<Pass extends Conv2dPass>(
  launcher: Launcher,
  pass: Pass,
  g: Conv2dGeometry,
  operands: Operands[Pass],
  request: AlgorithmRequest,
): void {
  const { plan, choice } = planPass(pass, g, launcher.traits, request);
  plan.launch(launcher, operands, choice);
}

/** The number of plans that are remembered for a device and a pass. */
const MOST_REMEMBERED = 1024;

type RememberedPlans = { readonly [Pass in Conv2dPass]: Map<string, ChosenPlan<Pass>> };

/** By device. Changed traits are a new object. The plans of the old object are collected with it. */
const remembered = /* @__PURE__ */ new WeakMap<DeviceTraits, RememberedPlans>();

/**
 * Plans a pass. It takes the family that the request names, if that family fits. Else it takes the family that
 * autotuning found fastest. Else it takes the last family in the list that suits.
 *
 * Plans are cached, because the search among tiles takes longer than the rest of a small operator's call.
 */
export function planPass<Pass extends Conv2dPass>(
  pass: Pass,
  g: Conv2dGeometry,
  traits: DeviceTraits,
  request: AlgorithmRequest = "auto",
): ChosenPlan<Pass> {
  let plansOfDevice = remembered.get(traits);
  if (!plansOfDevice) {
    plansOfDevice = { conv2d: new Map(), conv2dBackwardInput: new Map(), conv2dBackwardFilter: new Map() };
    remembered.set(traits, plansOfDevice);
  }
  const plans = plansOfDevice[pass];
  const key = `${request} ${tuningKey(pass, g)} ${g.padBottom},${g.padRight}`;
  const known = plans.get(key);
  if (known) return known;
  const named = namedFamily(pass, g, request);
  const plan = named ? { plan: planBy(named, pass, g, traits), choice: undefined } : planAutomatically(pass, g, traits);
  if (plans.size === MOST_REMEMBERED) plans.clear();
  plans.set(key, plan);
  return plan;
}

function planAutomatically<Pass extends Conv2dPass>(
  pass: Pass,
  g: Conv2dGeometry,
  traits: DeviceTraits,
): ChosenPlan<Pass> {
  const candidates = FAMILIES.filter((family) => isConsidered(family, traits) && canCompute(family, pass, g));
  const key = tuningKey(pass, joined(pass, g));
  const best =
    candidates.find(({ name }) => name === traits.tuning[key]) ??
    candidates.findLast((family) => family.suits(pass, seenBy(family, pass, g), traits)) ??
    direct;
  const choice = { key, candidates: candidates.map(({ name }) => name) };
  return { plan: planBy(best, pass, g, traits), choice };
}

function planBy<Pass extends Conv2dPass>(family: Family, pass: Pass, g: Conv2dGeometry, traits: DeviceTraits) {
  const plan: Family["passes"][Pass] = family.passes[pass];
  if (!plan) throw new Error(`${family.name} does not cover ${pass}`);
  return plan(seenBy(family, pass, g), traits, (product) => planPass("conv2d", product, traits));
}

/**
 * The error bound of a pass, on every device. It is the named family's bound, if that family fits. All families that
 * "auto" considers have the same bound as `direct`.
 */
export function boundOf(pass: Conv2dPass, g: Conv2dGeometry, request: AlgorithmRequest): ErrorBound {
  return (namedFamily(pass, g, request) ?? direct).bound(pass, g);
}

/** Whether conv2dBackwardInput can take the gradient through the ReLU that gave x, on every device. */
export function masksRelu(g: Conv2dGeometry, request: AlgorithmRequest): boolean {
  return (namedFamily("conv2dBackwardInput", g, request) ?? direct).masksRelu;
}

/** The family that the request names, if it can compute the pass. */
function namedFamily(pass: Conv2dPass, g: Conv2dGeometry, request: AlgorithmRequest): Family | undefined {
  return FAMILIES.find((family) => family.name === request && canCompute(family, pass, g));
}

function canCompute(family: Family, pass: Conv2dPass, g: Conv2dGeometry): boolean {
  return family.passes[pass] !== undefined && family.fits(pass, seenBy(family, pass, g));
}

function isConsidered({ automatic }: Family, traits: DeviceTraits): boolean {
  return automatic === "everywhere" || automatic === (traits.software ? "software" : "gpu");
}

function seenBy(family: Family, pass: Conv2dPass, g: Conv2dGeometry): Conv2dGeometry {
  return family.joinsPixels ? joined(pass, g) : g;
}

/** The gradient of the filter keeps the rows of its images, because its sums are cut into slices between the rows. */
function joined(pass: Conv2dPass, g: Conv2dGeometry): Conv2dGeometry {
  return pass === "conv2dBackwardFilter" ? g : asOneRow(g);
}

/** The key of a choice: everything that it depends on, as text that can be saved. */
function tuningKey(pass: Conv2dPass, g: Conv2dGeometry): string {
  const sliding = `s${g.strideHeight},${g.strideWidth} d${g.dilationHeight},${g.dilationWidth} p${g.padTop},${g.padLeft}`;
  return `${pass} ${g.n}x${g.h}x${g.w}x${g.c} ${g.r}x${g.s}x${g.cPerGroup}x${g.k} ${g.p}x${g.q} ${sliding}`;
}
