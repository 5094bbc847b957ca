import type { RoomProps } from "../App.js";

/** Begins the same network anew, from its random weights. */
export function useStartOver({ network: { client, plan }, change }: RoomProps): () => void {
  return () => {
    change({ steps: 0 });
    if (plan) client.begin({ ...plan, steps: 0 });
  };
}
