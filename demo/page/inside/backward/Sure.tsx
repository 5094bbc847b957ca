import type { Pass } from "../../network/pass.js";
import { RANGES } from "../../settings/settings.js";
import type { ViewProps } from "../view.js";

/** From this loss on there is next to nothing to send back: the right class has more than 99.9 %. */
const ALMOST_NONE = 0.001;

export const isSure = ({ loss }: Pick<Pass, "loss">): boolean => loss !== undefined && loss < ALMOST_NONE;

/** Where larger gradients can be seen. */
export function Sure({ network: { client, plan, lastTest }, change }: ViewProps) {
  const misread = lastTest && surestMistake(lastTest);
  return (
    <div class="sure">
      {misread !== undefined && (
        <button type="button" onClick={() => change({ item: misread + 1, drawing: "" })}>
          Look at a picture that it misreads
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

interface Tested {
  readonly labels: Uint8Array;
  readonly predicted: Uint8Array;
  readonly confidence: Float32Array;
}

/** The test item that the network is surest of, and wrong; undefined if there is none. */
export function surestMistake({ labels, predicted, confidence }: Tested): number | undefined {
  const wrong = [...labels.keys()].filter((n) => labels[n] !== predicted[n] && n < RANGES.item[1]);
  return wrong.sort((a, b) => (confidence[b] ?? 0) - (confidence[a] ?? 0))[0];
}
