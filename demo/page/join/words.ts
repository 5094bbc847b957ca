import { count } from "../look/words.js";
import type { VolunteerState } from "./volunteer.js";

/** The title is the result. @param asked the job of the address; "" for none */
export function titleOf({ stage, job, parts }: VolunteerState, asked: string): string {
  const did = parts === 0 ? "This tab did no part of it." : `This tab did ${partsOf(parts)} of it. Thank you!`;
  switch (stage) {
    case "resting":
      return asked ? `Help to train “${asked}” with this tab` : "Help to train a network on many computers";
    case "connecting":
      return "Connecting to the server …";
    case "waiting":
      return `Connected. Waiting for “${job}” to begin …`;
    case "working":
      return parts > 0
        ? `This tab has done ${partsOf(parts)} of “${job}”`
        : `Joined “${job}”. Waiting for the first part of the work …`;
    case "left":
      return `You have left “${job}”. ${did}`;
    case "done":
      return `“${job}” is trained. ${did}`;
    case "failed":
      return parts === 0 ? `This tab could not join “${job}”` : `This tab had to leave “${job}”. ${did}`;
  }
}

const partsOf = (parts: number) => (parts === 1 ? "1 part" : `${count(parts)} parts`);
