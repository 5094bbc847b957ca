import type { TakenMoment } from "../useMoment.js";
import type { ViewProps } from "../view.js";

/** A drawing has no class until its visitor says what it is. */
export function AskLabel({ classes, taken, notes }: ViewProps & { readonly taken: TakenMoment }) {
  return (
    <>
      <fieldset class="ask">
        <legend>What is it? The loss, and every gradient, is of your answer.</legend>
        {classes.map((name, label) => (
          <button key={name} type="button" onClick={() => taken.say(label)}>
            {name}
          </button>
        ))}
      </fieldset>
      <div class="notes alone">{notes}</div>
    </>
  );
}
