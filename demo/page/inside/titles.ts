import { percent } from "../look/words.js";
import { ACTIVATION_NAMES } from "./names.js";
import type { Place } from "./place.js";
import type { ViewsProps } from "./Views.js";

interface Title {
  readonly title: string;
  readonly text: string;
}

/** What the shown place is about, in one line and two sentences. */
export function titleOf(props: ViewsProps, place: Place): Title {
  const guided = GUIDE[props.settings.guide - 1];
  if (guided) return { title: guided.title, text: guided.text };
  return props.settings.direction === "forward" ? forwardTitle(props, place) : backwardTitle(props);
}

/** The guided tour: what each step says. Its places are set by Tour.tsx. */
const GUIDE: readonly Title[] = [
  {
    title: "A window of the picture becomes one number",
    text: "Each number under the window is multiplied by the weight in the same place. The sum of the products, and a bias, is one number of the map. Move the window: a filter gives large numbers where the picture looks like the filter.",
  },
  {
    title: "What is below 0 is dropped, and the largest of four goes on",
    text: "ReLU keeps numbers above 0 and makes all others 0. The pool keeps the largest of four neighbours. So the next layer sees where the filter has found something, on a map of half the size.",
  },
  {
    title: "The answer is compared with the truth",
    text: "Each of the last numbers, times a weight, adds to a score for each class. The scores become shares of 1. The loss is small if the right class has a large share. The gradient of a number tells whether the loss rises or falls if that number grows a little.",
  },
  {
    title: "The gradient runs back the way that the numbers came",
    text: "From right to left. The pool hands it to the one number that was largest; the others changed nothing and get 0. ReLU lets it through only where the number was above 0.",
  },
  {
    title: "At the filter it says how to change each weight",
    text: "Every window adds: gradient × what the filter saw there. Training then moves each weight a small step against its sum. Where a larger number would have helped, the filter becomes more like what it saw there. Where a smaller one would have helped, it becomes less like it.",
  },
];

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
        title: `A window of the ${station.block === 1 ? "picture" : "maps"} becomes one number of the map`,
        text: `Each of the ${(block?.size ?? 1) ** 2} numbers under the window is multiplied by the weight in the same place. The products and the bias add up to one number, and the window moves on.`,
      };
    case "activation":
      return {
        title: `${ACTIVATION_NAMES[architecture.activation]} treats each number by itself`,
        text: {
          relu: "What is above 0 stays as it is. What is below becomes 0: here the filter has found nothing.",
          leakyRelu: "What is above 0 stays as it is. What is below becomes small.",
          tanh: "It presses each number between −1 and 1.",
          sigmoid: "It presses each number between 0 and 1.",
        }[architecture.activation],
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

function backwardTitle({ moment: { pass }, classes }: ViewsProps): Title {
  const { label } = pass.example;
  const best = pass.probabilities.indexOf(Math.max(...pass.probabilities));
  const [own, taken] = [label === undefined ? "" : classes[label], classes[best]];
  if (label === undefined) {
    return {
      title: "Without a class there is no loss, and nothing to send back",
      text: `The network takes this for ${taken}. The gradient answers another question: what would have to change for it to be right?`,
    };
  }
  return {
    title:
      best === label
        ? `It is ${percent(pass.probabilities[label] ?? 0)} sure that this is ${own}. What would make it surer?`
        : `It takes this ${own} for ${taken}. Which numbers are to blame?`,
    text: "g is the gradient of one number: how much the loss changes if that number grows. Follow it from right to left, from the loss to the weights. Each station multiplies it by its own rule.",
  };
}
