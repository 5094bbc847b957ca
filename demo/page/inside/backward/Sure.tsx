import type { Pass } from "../../network/pass.js";
import { hardItem } from "../tour.js";
import type { ViewProps } from "../view.js";

/** From this loss on there is next to nothing to send back: the right class has more than 99.9 %. */
const ALMOST_NONE = 0.001;

export const isSure = ({ loss }: Pick<Pass, "loss">): boolean => loss !== undefined && loss < ALMOST_NONE;

/** Where larger gradients can be seen. */
export function Sure({ network: { client, plan, lastTest }, change }: ViewProps) {
  const hard = lastTest && hardItem(lastTest);
  return (
    <div class="sure">
      {hard !== undefined && (
        <button type="button" onClick={() => change({ item: hard + 1, drawing: "" })}>
          Look at a harder picture
        </button>
      )}
      {plan && (
        <button
          type="button"
          onClick={() => {
            change({ steps: 0 });
            client.begin({ ...plan, steps: 0 });
          }}
        >
          Start the network over, untrained
        </button>
      )}
    </div>
  );
}
