/** The field's words, each in a plain sentence. */
export const TERMS = {
  filter: [
    "Filter",
    "A small table of weights that slides over a picture or a map, multiplies and adds up at each place.",
  ],
  stride: ["Stride", "How many cells a filter goes from one place to the next."],
  padding: [
    "Same and valid",
    "Same puts zeros around a map, so the next one is as large; valid puts none, so the next one is smaller.",
  ],
  pool: [
    "Pool",
    "Takes the largest number of each 2 × 2 cells, or their mean: the map gets half as wide and half as high.",
  ],
  activation: [
    "Activation and ReLU",
    "An activation bends each number. ReLU turns what is below zero into zero, and leaky ReLU keeps a little of it. The sigmoid presses all between 0 and 1, tanh between −1 and 1.",
  ],
  dense: ["Dense", "Multiplies all numbers before it by weights, and adds them up to one score for each class."],
  softmax: ["Softmax", "Turns the scores into shares that add up to 100 %: the higher a score, the larger its share."],
  optimizer: ["Optimizer", "The rule by which each step changes the weights, so that the loss gets smaller."],
  adam: [
    "Momentum, RMSprop, Adam",
    "Momentum keeps some of the direction of the steps before. RMSprop gives each weight a step size of its own, from the gradients so far. Adam does both.",
  ],
  rate: ["Learning rate", "How far the weights go in each step: too little is slow, too much breaks what was learned."],
  batch: ["Batch", "The pictures that one step learns from, all at once."],
  epoch: ["Epoch", "One round through all pictures to learn from; then they come again, in another order."],
  dropout: ["Dropout", "Each step leaves out some numbers at random, so the network relies on none of them alone."],
  seed: ["Seed", "The number that all chance here starts from: the same seed gives the same network again."],
  loss: ["Loss", "How wrong the network is, as one number: it is near 0 if it is sure of the right answers."],
} as const satisfies Readonly<Record<string, readonly [name: string, sentence: string]>>;

export type TermName = keyof typeof TERMS;
