import { describe, expect, test } from "vitest";
import { type Conv2dGeometry, windowGeometry } from "../../../src/core/geometry.js";
import type { DeviceTraits } from "../../../src/core/operation.js";
import { FAMILIES } from "../../../src/ops/conv/families/index.js";
import type { Conv2dPass, Family } from "../../../src/ops/conv/family.js";
import { boundOf, masksRelu, planPass } from "../../../src/ops/conv/plan.js";
import { slicesFor } from "../../../src/ops/kit/slices.js";
import { QUAD_WORKGROUP_SIZE } from "../../../src/runtime/webgpu/quadCheck.js";

const PASSES: readonly Conv2dPass[] = ["conv2d", "conv2dBackwardInput", "conv2dBackwardFilter"];

const SOFTWARE: DeviceTraits = { software: true, quads: true, maxBindingBytes: 2 ** 27, tuning: {} };
const GPU: DeviceTraits = { ...SOFTWARE, software: false };

function geometry(
  [n, h, w, c]: readonly [number, number, number, number],
  window: readonly [number, number],
  k: number,
  { stride = 1, pad = 0, groups = 1 } = {},
): Conv2dGeometry {
  const sliding = { strides: [stride, stride], dilations: [1, 1], padding: [pad, pad, pad, pad] } as const;
  return windowGeometry("test", { n, h, w, c }, { window, ...sliding, rounding: "floor" }, k, groups);
}

/** The cases A to E of the bench, and other kinds of geometry. */
const GEOMETRIES = {
  A: geometry([1, 56, 56, 64], [3, 3], 64, { pad: 1 }),
  B: geometry([8, 28, 28, 32], [3, 3], 64, { pad: 1 }),
  C: geometry([1, 112, 112, 3], [7, 7], 32, { stride: 2, pad: 3 }),
  D: geometry([1, 28, 28, 256], [1, 1], 256),
  E: geometry([64, 28, 28, 1], [5, 5], 8, { pad: 2 }),
  depthwise: geometry([8, 28, 28, 192], [3, 3], 192, { pad: 1, groups: 192 }),
  small: geometry([1, 8, 8, 4], [3, 3], 4, { pad: 1 }),
  "a whole image": geometry([2, 3, 3, 8], [3, 3], 8),
};
const NAMED = Object.entries(GEOMETRIES);

function familyOf(
  pass: Conv2dPass,
  g: Conv2dGeometry,
  traits: DeviceTraits,
  request?: (typeof FAMILIES)[number]["name"],
) {
  const { shader } = planPass(pass, g, traits, request).plan.kernel;
  return shader.path.replace(`shaders/conv/${pass}/`, "").replace(".wgsl", "");
}

describe("families of convolution", () => {
  test.each([
    ["A", "implicitGemm implicitGemm implicitGemm", "tiledGemm tiledGemm tiledGemm"],
    ["B", "implicitGemm implicitGemm implicitGemm", "tiledGemm tiledGemm tiledGemm"],
    ["C", "implicitGemm implicitGemm implicitGemm", "tiledGemm direct tiledGemm"],
    ["D", "implicitGemm implicitGemm implicitGemm", "tiledGemm tiledGemm tiledGemm"],
    ["E", "implicitGemm implicitGemm direct", "direct direct direct"],
    ["depthwise", "depthwise depthwise depthwise", "depthwise depthwise depthwise"],
    ["small", "direct direct direct", "direct direct direct"],
  ] as const)("auto chooses for %s on a software adapter %s and on a GPU %s", (name, software, gpu) => {
    const taken = (traits: DeviceTraits) => PASSES.map((pass) => familyOf(pass, GEOMETRIES[name], traits)).join(" ");
    expect(taken(SOFTWARE)).toBe(software);
    expect(taken(GPU)).toBe(gpu);
  });

  test("have different names, and each has a kernel for a pass", () => {
    expect(new Set(FAMILIES.map(({ name }) => name)).size).toBe(FAMILIES.length);
    for (const { passes } of FAMILIES) expect(Object.keys(passes)).not.toEqual([]);
  });

  const automatic: readonly Family[] = FAMILIES.filter(({ automatic }) => automatic !== "never");

  // The operators need the bound before they know the device.
  test.each(automatic.map((family) => [family.name, family] as const))(
    "%s is a candidate of auto and has the bound of the other candidates",
    (_, family) => {
      expect(family.masksRelu).toBe(masksRelu(GEOMETRIES.A, "auto"));
      for (const [name, g] of NAMED) {
        for (const pass of PASSES) expect(family.bound(pass, g), `${name} ${pass}`).toEqual(boundOf(pass, g, "auto"));
      }
    },
  );

  test.each(NAMED)("auto names its candidates, %s", (_, g) => {
    for (const traits of [SOFTWARE, GPU]) {
      for (const pass of PASSES) {
        const candidates = planPass(pass, g, traits).choice?.candidates ?? [];
        expect(candidates).toContain(familyOf(pass, g, traits));
        expect(automatic.map(({ name }) => name)).toEqual(expect.arrayContaining([...candidates]));
      }
    }
  });

  test("a long sum is cut into slices, also if one slice would fill the device", () => {
    for (const traits of [SOFTWARE, GPU]) {
      expect(slicesFor(200_000, 5000, 1000, traits, 32_767)).toBe(1);
      expect(slicesFor(200_000, 5000, 1000, traits, 40_000)).toBe(10);
    }
  });

  test("autotune's choice is used if it fits", () => {
    const key = planPass("conv2d", GEOMETRIES.A, GPU).choice?.key ?? "";
    const tuned = (name: string) => familyOf("conv2d", GEOMETRIES.A, { ...GPU, tuning: { [key]: name } });
    expect(tuned("direct")).toBe("direct");
    expect(tuned("depthwise")).toBe("tiledGemm");
    expect(tuned("winogradF2x3")).toBe("tiledGemm");
  });

  test("a named family is used if it fits and has the pass, or else that of auto", () => {
    expect(familyOf("conv2d", GEOMETRIES.A, SOFTWARE, "tiledGemm")).toBe("tiledGemm");
    expect(familyOf("conv2d", GEOMETRIES.A, SOFTWARE, "depthwise")).toBe("implicitGemm");
    const { choice } = planPass("conv2d", GEOMETRIES.A, SOFTWARE, "tiledGemm");
    expect(choice).toBeUndefined();
    for (const pass of PASSES) {
      const isCovered = pass !== "conv2dBackwardFilter";
      expect(boundOf(pass, GEOMETRIES.A, "winogradF2x3").winograd !== undefined, pass).toBe(isCovered);
      expect(planPass(pass, GEOMETRIES.A, GPU, "winogradF2x3").choice === undefined, pass).toBe(isCovered);
    }
  });

  test("a window over a whole image becomes one pixel of a product, except for Winograd", () => {
    const g = GEOMETRIES["a whole image"];
    expect(planPass("conv2d", g, GPU).choice?.key).toContain(" 1x1x72x8 ");
    expect(boundOf("conv2d", g, "winogradF2x3").winograd).toMatchObject({ h: 3, w: 3, c: 8 });
  });

  test.each(NAMED)(
    "quads are used only in workgroups of the checked size, and never if they are not confirmed, %s",
    (_, g) => {
      for (const traits of [SOFTWARE, GPU]) {
        for (const pass of PASSES) {
          for (const { name } of FAMILIES) {
            const constantsWith = (quads: boolean) =>
              planPass(pass, g, { ...traits, quads }, name).plan.kernel.constants;
            const { QUADS, WORKGROUP_SIZE } = constantsWith(true);
            if (QUADS === true) expect(WORKGROUP_SIZE, `${name} ${pass}`).toBe(QUAD_WORKGROUP_SIZE);
            expect(constantsWith(false)["QUADS"] ?? false, `${name} ${pass}`).toBe(false);
          }
        }
      }
    },
  );

  test("a plan is cached for its device", () => {
    const plan = () => planPass("conv2d", GEOMETRIES.A, GPU);
    expect(plan()).toBe(plan());
    expect(planPass("conv2d", GEOMETRIES.A, { ...GPU })).not.toBe(plan());
  });
});
