/** What the examples share: the command line, data, the progress bar, results and pictures. */

export { mulberry32, normalNumbers } from "../../demo/random.js";
export { classify, confusionMatrix } from "../../demo/train/confusion.js";
export { ProgressBar } from "../../demo/train/progressBar.js";
export { confusionMap, printConfusion, surestMistakes, type Tested, testClassifier } from "./classifier.js";
export { Curves, curveCharts } from "./curves.js";
export { type ExampleData, first, type Labelled, loadDigits, loadFashion, ofClasses } from "./data.js";
export { type DigitReader, trainDigitReader } from "./digitReader.js";
export { Example, openExample, percent } from "./example.js";
export { learn } from "./learn.js";
export { OwnLoop } from "./ownLoop.js";
export * from "./pictures.js";
export { makeShapes, SHAPE_COLOURS, SHAPE_NAMES, type ShapePictures } from "./shapes.js";
export { type SheetOptions, sheetSection } from "./sheets.js";
