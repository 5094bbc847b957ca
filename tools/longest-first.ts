import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Short files that take long, since they start whole programs. Vitest guesses from a file's length until it has measured it. */
const LONG = ["test/demo/page/whole.test.ts", "test/demo/page/inside.test.ts", "test/demo/start.test.ts"];

const isLong = ({ moduleId }: TestSpecification) => LONG.some((file) => moduleId.endsWith(file));

/** Runs the longest files first, also in a fresh clone. Then no worker has one left when the others are done. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
