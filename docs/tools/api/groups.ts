import type { Entry } from "../entries.js";
import type { Api, Page } from "./api.js";

/** Public names that belong together. */
export interface Group {
  readonly title: string;
  /** Functions, classes and constants, and the types that have methods, such as `Backend`. */
  readonly values: readonly Page[];
  readonly types: readonly Page[];
}

/** The title of each folder or file of the source, from the root. The first that fits counts. */
const TITLES: readonly (readonly [path: string, title: string])[] = [
  ["src/ops/explain", "Backends and tensors"],
  ["src/backend/", "Backends and tensors"],
  ["src/core/geometry", "Options that operators share"],
  ["src/core/options", "Options that operators share"],
  ["src/core/attributes", "Options that operators share"],
  ["src/core/random", "Layers of your own"],
  ["src/core/errors", "Errors"],
  ["src/core/", "Backends and tensors"],
  ["src/autograd/", "Automatic differentiation"],
  ["src/ops/conv/", "Convolution"],
  ["src/ops/pool/", "Pooling"],
  ["src/ops/pad/", "Padding and cropping"],
  ["src/ops/resample/", "Resampling"],
  ["src/ops/matmul/", "Matrix products"],
  ["src/ops/norm/", "Normalization"],
  ["src/ops/loss/", "Softmax and losses"],
  ["src/ops/reduce/", "Reductions"],
  ["src/ops/arrange/", "Arranging elements"],
  ["src/ops/optimizerSteps/", "Steps of optimizers"],
  ["src/ops/course/", "The functions of the course"],
  ["src/ops/", "Elementwise operators"],
  ["src/nn/layers/", "Layers"],
  ["src/nn/layer", "Layers of your own"],
  ["src/nn/weight", "Layers of your own"],
  ["src/nn/optimizers/", "Optimizers and schedules"],
  ["src/nn/schedules", "Optimizers and schedules"],
  ["src/nn/initializers", "Initial weights"],
  ["src/nn/losses", "Losses, metrics and activations"],
  ["src/nn/metrics", "Losses, metrics and activations"],
  ["src/nn/activations", "Losses, metrics and activations"],
  ["src/nn/training/", "Training"],
  ["src/nn/data/", "Data"],
  ["src/nn/files/", "Files"],
  ["src/nn/tiles/", "Large images"],
  ["src/nn/", "Models"],
  ["src/io/images", "Images"],
  ["src/io/batches", "Batches"],
  ["src/io/", "Files and arrays"],
  ["src/keras/layers/", "Layers of Keras"],
  ["src/keras/", "Loading models"],
  ["src/distributed/", "Training on many machines"],
  ["src/onnx/export/", "Writing models"],
  ["src/onnx/", "Loading models"],
];

function titleOf({ source }: Page): string {
  const title = TITLES.find(([path]) => source.startsWith(path))?.[1];
  if (title === undefined) throw new Error(`${source} belongs to no group of the reference`);
  return title;
}

/** The groups of an entry, in the order of the table. */
export function groupsOf(api: Api, entry: Entry): readonly Group[] {
  const titles = [...new Set(TITLES.map(([, title]) => title))];
  const pages = api.pagesOf(entry);
  return titles
    .map((title) => pages.filter((page) => titleOf(page) === title))
    .flatMap((own) => (own[0] ? [{ title: titleOf(own[0]), ...split(own) }] : []));
}

function split(pages: readonly Page[]): Pick<Group, "values" | "types"> {
  const hasMethods = ({ declaration }: Page) => declaration.children?.some(({ signatures }) => signatures) ?? false;
  const isMain = (page: Page) => page.isValue || hasMethods(page);
  return { values: pages.filter(isMain), types: pages.filter((page) => !isMain(page)) };
}

/** The gradients of an operator: `conv2dBackward`, `conv2dBackwardInput`, … */
export function gradientsOf(page: Page, group: Group): readonly Page[] {
  return group.values.filter(({ name }) => name.startsWith(`${page.name}Backward`));
}

/** The values of a group without the gradients of others. */
export function operatorsOf(group: Group): readonly Page[] {
  const gradients = new Set(group.values.flatMap((page) => gradientsOf(page, group)));
  return group.values.filter((page) => !gradients.has(page));
}
