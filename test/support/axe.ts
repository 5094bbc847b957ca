import { createRequire } from "node:module";
import type { Page } from "playwright";

/** axe-core, as a page has it. */
declare const axe: {
  run(options: { readonly rules: Readonly<Record<string, { readonly enabled: boolean }>> }): Promise<{
    readonly violations: readonly { readonly id: string; readonly nodes: readonly { readonly html: string }[] }[];
  }>;
};

/** Gives a page axe-core. */
export async function addAxe(page: Page): Promise<void> {
  await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core/axe.min.js") });
}

/** The rules that axe finds broken in a page that has it, with the first nodes. */
export async function violations(page: Page): Promise<string[]> {
  return page.evaluate(async () =>
    (await axe.run({ rules: { "target-size": { enabled: true } } })).violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map(({ html }) => html.slice(0, 120))
          .join(" | ")}`,
    ),
  );
}
