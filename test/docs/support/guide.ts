import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { firstOf } from "../../../tools/mnistFiles.js";
import { type Block, blocksOf, ProgramFolder, programOf } from "./pages.js";

/** The page whose first block reads the digits that the other guides train on. */
const DATA = "docs/guides/data.md";

/** What a live block finds on the site, and `expect` for the checks. The pictures and points go nowhere here. */
const GIVEN = `
import { readFile as readSiteFile } from "node:fs/promises";
const expect = (value: unknown, expected: unknown) => {
  if (value !== expected) throw new Error(\`\${value}, expected \${expected}\`);
};
const expectBetween = (least: number, value: number | undefined, most: number) => {
  if (value === undefined || !(value >= least && value <= most)) throw new Error(\`\${value}, expected \${least} to \${most}\`);
};
const shown: ImageData[] = [];
const plotted: (readonly [name: string, value: number])[] = [];
const show = (image: ImageData, _options?: { readonly scale?: number }) => void shown.push(image);
const plot = (name: string, value: number) => void plotted.push([name, value]);
const fetch = async (path: string) => new Response(await readSiteFile(path.replace("data/", "")));
`;

/** The digits of the site, and the smaller files that the guides read in Node. */
const FILES = [
  ["digits", "train", 4000, "-images.idx", "-labels.idx"],
  ["digits-test", "t10k", 1000, "-images.idx", "-labels.idx"],
  ["train", "train", 512, "-images-idx3-ubyte", "-labels-idx1-ubyte"],
  ["t10k", "t10k", 100, "-images-idx3-ubyte", "-labels-idx1-ubyte"],
] as const;

export interface GuideOptions {
  /** Statements at the start of the program. */
  readonly given?: string;
  /** Statements at the end of a section, by its title. "" is what precedes the first. */
  readonly checks?: Readonly<Record<string, string>>;
  /** Sections that go on with the program of the section above. A live block always begins another. */
  readonly joined?: readonly string[];
  /** Files that the program reads, by their paths. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
}

/**
 * Makes three tests: each check belongs to a section, and the TypeScript of a page compiles in strict mode, and runs as
 * it stands on the digits of MNIST. The text that follows a live block must be its output.
 */
export function testGuide(page: string, options: GuideOptions = {}): void {
  const blocks = blocksOf(page);
  const folder = new ProgramFolder(programFor(blocks, options));
  afterAll(() => folder.remove());

  test(`the checks of ${page} belong to its sections`, () => {
    const sections = blocks.map(({ section }) => section);
    expect(sections).toEqual(expect.arrayContaining(Object.keys(options.checks ?? {})));
  });

  test(`the blocks of ${page} compile in strict mode`, async () => {
    expect(await folder.typeErrors()).toBe("");
  });

  test(`the blocks of ${page} run as they stand`, async () => {
    await writeDigits(folder.path);
    for (const [name, content] of Object.entries(options.files ?? {})) {
      mkdirSync(dirname(join(folder.path, name)), { recursive: true });
      writeFileSync(join(folder.path, name), content);
    }
    const output = (await folder.run()).trimEnd();
    expect(output.split("\n").at(-1)).toBe("done");
    for (const [index, { code }] of outputsOf(blocks)) {
      const own = output.split(markerOf(index)).at(1)?.split(MARKER).at(0);
      expect(own?.trim()).toBe(code.trim());
    }
  });
}

/** One program of the blocks. Each section is a scope of its own, and each live block begins another. */
function programFor(blocks: readonly Block[], { given = "", checks = {}, joined = [] }: GuideOptions): string {
  const code = blocks
    .map((block, index) => ({ ...block, index }))
    .filter(({ language }) => /^ts( live)?$/.test(language));
  const scopes: { section: string; readonly texts: string[]; readonly live: boolean }[] = [];
  for (const { language, section, code: text, index } of code) {
    const live = language === "ts live";
    const last = scopes.at(-1);
    const continues = last && !live && (joined.includes(section) || last.section === section);
    const scope = continues ? last : { section, texts: [], live };
    if (scope.section !== section) scope.texts.push(checks[scope.section] ?? "");
    scope.section = section;
    if (!continues) scopes.push(scope);
    scope.texts.push(
      `console.log(${JSON.stringify(markerOf(index))});`,
      text,
      `console.log(${JSON.stringify(MARKER)});`,
    );
  }
  const reads = scopes.some(({ live }) => !live);
  const setup = blocksOf(DATA).filter(({ language }) => reads && language === "ts setup");
  return programOf([
    ...setup.map((block) => block.code),
    GIVEN,
    given,
    ...scopes.map(({ section, texts }, i) => {
      const ends = scopes[i + 1]?.section !== section;
      return `{\n${texts.join("\n")}\n${ends ? (checks[section] ?? "") : ""}\n}`;
    }),
    `${reads ? "backend.destroy();\n" : ""}console.log("done");`,
  ]);
}

const MARKER = "-".repeat(60);
const markerOf = (index: number) => `${MARKER} block ${index}`;

/** The blocks of text that follow a live block, by the number of the live block. */
function outputsOf(blocks: readonly Block[]): readonly (readonly [index: number, output: Block])[] {
  return blocks.flatMap((block, i) => {
    const isOutput = block.language === "text" && blocks[i - 1]?.language === "ts live";
    return isOutput ? [[i - 1, block] as const] : [];
  });
}

/** Writes packed IDX files. */
async function writeDigits(folder: string): Promise<void> {
  for (const [name, source, count, images, labels] of FILES) {
    const write = (file: string, content: Uint8Array) =>
      writeFileSync(join(folder, file), gzipSync(content, { level: 1 }));
    write(`${name}${images}.gz`, await firstOf(`${source}-images-idx3-ubyte`, count));
    write(`${name}${labels}.gz`, await firstOf(`${source}-labels-idx1-ubyte`, count));
  }
}
