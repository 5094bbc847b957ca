import { expect, test } from "vitest";
import { relativePage } from "../../../docs/tools/site/relative/page.js";
import { PLACEHOLDER } from "../../../docs/tools/site/relative/placeholder.js";
import { relativeScript } from "../../../docs/tools/site/relative/script.js";

/** What a script exports as `x`, when it lies at this address. */
async function exportOf(code: string, address: string): Promise<unknown> {
  const script = relativeScript("script.js", code, "../").replaceAll("import.meta.url", JSON.stringify(address));
  expect(script).not.toContain(PLACEHOLDER);
  const module: { readonly x: unknown } = await import(`data:text/javascript,${encodeURIComponent(script)}`);
  return module.x;
}

test.each([
  [`export const x = "${PLACEHOLDER}";`, "/any/where/"],
  [
    `export const x = '<a href="${PLACEHOLDER}a.html">' + "${PLACEHOLDER}b";`,
    '<a href="/any/where/a.html">/any/where/b',
  ],
  [`export const x = JSON.parse('{"base":"${PLACEHOLDER}"}').base;`, "/any/where/"],
  [`const name = "c"; export const x = \`${PLACEHOLDER}\${name}\\n${PLACEHOLDER}\`;`, "/any/where/c\n/any/where/"],
])("a script computes the root from its own address: %s", async (code, expected) => {
  const value = await exportOf(code, "https://example.org/any/where/assets/script.js");
  expect(value).toBe(expected);
});

test("a script without a way to compute it is refused", () => {
  const refused = /script.js: an expression cannot replace/;
  expect(() => relativeScript("script.js", `import "${PLACEHOLDER}a.js";`, "../")).toThrow(refused);
  expect(() => relativeScript("script.js", `export const x = { "${PLACEHOLDER}": 1 };`, "../")).toThrow(refused);
});

test("a page's links begin at the page", () => {
  const page = `<body><a href="${PLACEHOLDER}">a</a><a href="${PLACEHOLDER}b.html#c">b</a></body>`;
  const changed = relativePage("guides/page.html", page, "../");
  expect(changed).toContain('<a href="../">a</a><a href="../b.html#c">b</a>');
});
