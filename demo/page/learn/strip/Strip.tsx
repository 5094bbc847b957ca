import type { RoomProps } from "../../App.js";
import { Term } from "../../look/Term.js";
import {
  ACTIVATIONS,
  BATCH_SIZES,
  DATA,
  DROPOUTS,
  OPTIMIZERS,
  PACES,
  RANGES,
  RATES,
  type Settings,
} from "../../settings/settings.js";
import { Choice } from "./Choice.js";
import { RECIPES, recipeOf } from "./recipes.js";

const WORDS = {
  data: { digits: "Digits", fashion: "Clothing", own: "Your pictures" },
  activation: { relu: "ReLU", leakyRelu: "Leaky ReLU", tanh: "tanh", sigmoid: "Sigmoid" },
  optimizer: { adam: "Adam", sgd: "Plain descent", momentum: "With momentum", rmsprop: "RMSprop" },
} as const satisfies { readonly [Key in keyof Settings]?: Readonly<Record<string, string>> };

const PACE_WORDS: Readonly<Record<Settings["pace"], string>> = {
  0: "Full",
  20: "20 steps a second",
  5: "5 steps a second",
  1: "1 step a second",
};

const OWN_MIX = "";

/** What concerns the training, on one strip. A change begins a new network, which goes on learning if the last one did. */
export function Strip({ settings, change }: RoomProps) {
  const recipe = recipeOf(settings);
  return (
    <fieldset class="strip">
      <legend class="unseen">Training</legend>
      <Choice
        label="Data"
        value={settings.data}
        choices={DATA.map((data) => [data, WORDS.data[data]] as const)}
        choose={(data) => change({ data, item: 0, drawing: "", steps: 0 })}
      />
      <Choice
        label="Recipe"
        value={recipe?.name ?? OWN_MIX}
        choices={[
          ...(recipe ? [] : [[OWN_MIX, "Your own mix"] as const]),
          ...RECIPES.map(({ name }) => [name, name] as const),
        ]}
        choose={(name) => change({ ...RECIPES.find((known) => known.name === name)?.settings, steps: 0 })}
      />
      <Choice
        label="Activation"
        terms={["activation"]}
        value={settings.activation}
        choices={ACTIVATIONS.map((activation) => [activation, WORDS.activation[activation]] as const)}
        choose={(activation) => change({ activation, steps: 0 })}
      />
      <Choice
        label="Optimizer"
        terms={["optimizer", "adam"]}
        value={settings.optimizer}
        choices={OPTIMIZERS.map((optimizer) => [optimizer, WORDS.optimizer[optimizer]] as const)}
        choose={(optimizer) => change({ optimizer, steps: 0 })}
      />
      <Choice
        label="Learning rate"
        terms={["rate"]}
        value={settings.rate}
        choices={RATES.map((rate) => [rate, String(rate)] as const)}
        choose={(rate) => change({ rate, steps: 0 })}
      />
      <Choice
        label="Batch"
        terms={["batch", "epoch"]}
        value={settings.batch}
        choices={BATCH_SIZES.map((batch) => [batch, String(batch)] as const)}
        choose={(batch) => change({ batch, steps: 0 })}
      />
      <Choice
        label="Dropout"
        terms={["dropout"]}
        value={settings.dropout}
        choices={DROPOUTS.map((dropout) => [dropout, dropout ? `${100 * dropout} %` : "None"] as const)}
        choose={(dropout) => change({ dropout, steps: 0 })}
      />
      <div class="choice">
        <span>
          <span aria-hidden="true">Seed</span>
          <Term names={["seed"]} />
        </span>
        <input
          type="number"
          aria-label="Seed"
          inputMode="numeric"
          min={RANGES.seed[0]}
          max={RANGES.seed[1]}
          value={settings.seed}
          onChange={({ currentTarget }) => {
            const [least, most] = RANGES.seed;
            const seed = Math.min(most, Math.max(least, Math.round(currentTarget.valueAsNumber) || least));
            currentTarget.value = String(seed);
            change({ seed, steps: 0 });
          }}
        />
      </div>
      <Choice
        label="Speed"
        value={settings.pace}
        choices={PACES.map((pace) => [pace, PACE_WORDS[pace]] as const)}
        choose={(pace) => change({ pace })}
      />
    </fieldset>
  );
}

/** What the chosen recipe does. */
export function RecipeSentence({ settings, network }: RoomProps) {
  const recipe = recipeOf(settings);
  // A choice that does not fit is explained at the picture.
  if (!recipe || network.misfit) return null;
  return (
    <p class="small recipe">
      {recipe.sentence} {settings.data === "digits" && recipe.measured}
    </p>
  );
}
