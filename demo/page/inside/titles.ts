import { largest } from "../../images.js";
import { count, percent, short } from "../look/words.js";
import type { Architecture, Station } from "../network/architecture.js";
import { pooledCell, pooledFrom } from "../network/windows.js";
import type { Settings } from "../settings/settings.js";
import { isSure } from "./backward/Sure.js";
import { unitOf } from "./backward/units.js";
import { ACTIVATION_NAMES, stationName } from "./names.js";
import { blockPlace, type Place } from "./place.js";
import type { Moment } from "./useMoment.js";
import type { ViewsProps } from "./Views.js";
import { gradientsOf, mapsOf, valueAt } from "./values.js";

interface Title {
  readonly title: string;
  readonly text: string;
}

/** What the shown place is about, in one line and two sentences. */
export function titleOf(props: ViewsProps, place: Place): Title {
  const { guide, direction } = props.settings;
  if (guide > 0) return guideTitle(props, place);
  return direction === "forward" ? forwardTitle(props, place) : backwardTitle(props, place);
}

/** The guided tour: what each step says. Its places are set by tour.ts. */
function guideTitle(props: ViewsProps, place: Place): Title {
  const { moment, settings, classes } = props;
  const { pass, architecture, step } = moment;
  const { label = 0 } = pass.example;
  switch (settings.guide) {
    case 1:
      return {
        title: "A window of the picture becomes one number",
        text: "Each number under the window is multiplied by the weight in the same place. The sum of the products, and a bias, is one number of the map. It is large where the picture looks like the filter.",
      };
    case 2:
      return dropTitle(props, place);
    case 3:
      return {
        title: "The answer is compared with the truth",
        text: `Each of the last numbers, times a weight, adds to a score for each class. The scores become shares of 1. The right class, ${classes[label]}, has ${percent(pass.probabilities[label] ?? 0)} of it: the larger its share, the smaller the loss. Here the loss is ${short(pass.loss ?? 0)}.`,
      };
    case 4:
      return {
        title: "The gradient runs back the way that the numbers came",
        text: `From right to left. A gradient tells whether the loss rises or falls if its number grows a little.${backWords(architecture)} At the filter, each window adds: gradient × what it saw.`,
      };
    default:
      return {
        title:
          step === 0 ? "The filters begin with random weights" : `What ${count(step)} steps have made of this filter`,
        text: `Training moves each weight a little against its gradient. ${helpWords(moment, place)}`,
      };
  }
}

/** Whether a larger or a smaller number at this place would help, and what that would do to the filter. */
function helpWords(moment: Moment, { map, cell, station }: Place): string {
  const gradients = gradientsOf(moment, station);
  const g = valueAt(gradients[map], cell);
  const unit = unitOf(largest(gradients));
  // Without a digit there is nothing to tell.
  if (!/[1-9]/.test(unit.format(g))) {
    return "Where a larger answer would help, a step makes the filter more like what it sees there; where a smaller one would, less like it.";
  }
  const written = `${unit.format(g)}${unit.word && ` ${unit.word}`}`;
  const [helps, becomes] = g > 0 ? ["smaller", "less"] : ["larger", "more"];
  return `The filter answers ${short(valueAt(mapsOf(moment, station)[map], cell))} here, and the gradient of that is ${written}: a ${helps} answer would help. So a step with this picture would make the filter ${becomes} like what it sees here.`;
}

/** What the last block's pool and activation do to a gradient. */
function backWords({ blocks, activation }: Architecture): string {
  const pool = {
    max: " The pool hands it to the number that was largest.",
    average: " The pool hands a quarter of it to each of four.",
    none: "",
  }[blocks.at(-1)?.pool ?? "none"];
  return `${pool}${activation === "relu" ? " ReLU lets it through where the number was above 0." : ""}`;
}

/** What the activation and the pool do, with the numbers of this place. */
function dropTitle({ moment }: ViewsProps, { map, cell }: Place): Title {
  const { architecture, stations } = moment;
  const at = blockPlace(architecture, stations, 1);
  const pooled = at?.pool && pooledCell(cell, at.pool);
  const image = at && mapsOf(moment, at.convolution)[map];
  const values = (pooled ? pooledFrom(pooled) : [cell]).map((place) => valueAt(image, place));
  const [most = 0, second = 0] = values.toSorted((a, b) => b - a);
  const least = Math.min(...values);
  const relu = architecture.activation === "relu";
  const max = at?.block.pool === "max";
  const bends = relu
    ? `ReLU makes 0 of what is below 0${least < 0 ? `, here of ${short(least)}` : ""}: that is not what the filter looks for.`
    : `${ACTIVATION_NAMES[architecture.activation]} treats each number by itself. ${ACTIVATION_WORDS[architecture.activation]}`;
  const pools = max
    ? ` The pool keeps the largest of four neighbours${second > 0 && second < most ? `: ${short(most)} goes on, ${short(second)} is dropped` : ""}. The map becomes half as high and half as wide.`
    : at?.pool
      ? " The pool hands on the mean of four neighbours. The map becomes half as high and half as wide."
      : "";
  const title =
    relu && max ? "What is below 0 is dropped, and the largest of four goes on" : "What becomes of the number";
  return { title, text: bends + pools };
}

const ACTIVATION_WORDS: Readonly<Record<Settings["activation"], string>> = {
  relu: "What is above 0 stays as it is. What is below becomes 0: it is not what the filter looks for.",
  leakyRelu: "What is above 0 stays as it is. What is below becomes small.",
  tanh: "It presses each number between −1 and 1.",
  sigmoid: "It presses each number between 0 and 1.",
};

function forwardTitle({ moment, classes }: ViewsProps, { station }: Place): Title {
  const { architecture, pass } = moment;
  const block = architecture.blocks[station.block - 1];
  const { label } = pass.example;
  const best = pass.probabilities.indexOf(Math.max(...pass.probabilities));
  switch (station.kind) {
    case "picture":
      return {
        title: "The picture is numbers",
        text: "Each of them says how much ink there is, from 0 to 1. The network sees nothing else.",
      };
    case "convolution":
      return {
        title: `A window of the ${station.block === 1 ? "picture" : "maps"} becomes one number`,
        text: `Each of the ${(block?.size ?? 1) ** 2} numbers under the window is multiplied by the weight in the same place. The products and the bias add up to one number, and the window moves on.`,
      };
    case "activation":
      return {
        title: `${ACTIVATION_NAMES[architecture.activation]} treats each number by itself`,
        text: ACTIVATION_WORDS[architecture.activation],
      };
    case "pool":
      return {
        title:
          block?.pool === "average" ? "The mean of four neighbours goes on" : "The largest of four neighbours goes on",
        text: "The map becomes half as high and half as wide. Where exactly something was found matters less; that it was found stays.",
      };
    case "dense":
      return {
        title: "All numbers that are left vote for each class",
        text: "Each is multiplied by its weight for the class. The sum of all products, and a bias, is the score of that class.",
      };
    case "loss":
      return {
        title:
          label === undefined
            ? `It takes this for ${classes[best]}`
            : best === label
              ? `It is ${percent(pass.probabilities[label] ?? 0)} sure of the right class`
              : `It gives the right class only ${percent(pass.probabilities[label] ?? 0)}`,
        text: "Scores become shares of 1 (softmax). The loss is the negative logarithm of the right class's share: 0 if it is 1, and large if it is small.",
      };
  }
}

function backwardTitle({ moment, classes }: ViewsProps, { station }: Place): Title {
  const { pass } = moment;
  const { label } = pass.example;
  const best = pass.probabilities.indexOf(Math.max(...pass.probabilities));
  const [own, taken] = [label === undefined ? "" : classes[label], classes[best]];
  if (label === undefined) {
    return {
      title: "Without a class there is no loss, and nothing to send back",
      text: `The network takes this for ${taken}. The gradient answers another question: what would have to change for it to be right?`,
    };
  }
  if (isSure(pass)) {
    return {
      title: `It is sure that this is ${own}: there is almost nothing to change`,
      text: "The loss is almost 0, and so is each gradient. A network that has learned nothing yet, or a harder picture, sends larger ones back.",
    };
  }
  const right = best === label;
  const verdict = right
    ? `It is ${percent(pass.probabilities[label] ?? 0)} sure that this is ${own}.`
    : `It takes this ${own} for ${taken}.`;
  const text =
    "The gradient of a number tells how much the loss changes if it grows. Follow one, g, from the loss (1) back to the weights.";
  if (station.kind === "loss") {
    return { title: `${verdict} ${right ? "What would make it surer?" : "Which numbers are to blame?"}`, text };
  }
  return { title: `${stationName(moment, station)}: ${backAt(moment, station)}`, text: `${verdict} ${text}` };
}

/** What a station does with the gradient that comes to it. */
function backAt({ architecture: { blocks, activation } }: Moment, { kind, block }: Station): string {
  switch (kind) {
    case "dense":
      return "each score's gradient comes back through its weights";
    case "pool":
      return blocks[block - 1]?.pool === "average"
        ? "a quarter of the gradient goes to each of four"
        : "the gradient goes to the largest of four";
    case "activation":
      return activation === "relu" ? "the gradient passes where z is above 0" : "the gradient, times the slope, passes";
    case "convolution":
      return "the gradient reaches the weights";
    default:
      return "here the gradient's way ends";
  }
}
