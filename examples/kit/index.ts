/** What the examples share: the command line, data, the progress bar, results and pictures. */

export { ProgressBar } from "../../demo/train/progressBar.js";
export { confusionMap, printConfusion, surestMistakes, type Tested, testClassifier } from "./classifier.js";
export { Curves, curveCharts } from "./curves.js";
export { type ExampleData, first, type Labelled, loadDigits, loadFashion, ofClasses } from "./data.js";
export { Example, openExample, percent } from "./example.js";
export { learn } from "./learn.js";
export * from "./pictures.js";
