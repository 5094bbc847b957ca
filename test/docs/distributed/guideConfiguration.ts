import { readFileSync } from "node:fs";
import { join } from "node:path";
import { existing } from "../../../src/core/objects.js";
import { blocksOf, root } from "../support/pages.js";

export const PASSWORDS = { coordinator: "c-secret", worker: "w-secret" };
/** The job of the guide's own code, and of its volunteers. */
export const OWN_JOB = "bars-1";

export const configuration = readFileSync(join(root, "examples/distributed/nats-server.conf"), "utf8");
/** From its beginning to the end of the file. The ports and the store are those of a test. */
export const authorization = configuration
  .slice(configuration.indexOf("authorization {"))
  .replace("$COORDINATOR_PASSWORD", PASSWORDS.coordinator)
  .replace("$WORKER_PASSWORD", PASSWORDS.worker);

const texts = blocksOf("docs/guides/distributed.md").filter(
  ({ section, language }) => section === "Browsers" && language === "text",
);
/** The user of visitors, as the guide prints it, and what it adds to the block `websocket`. */
export const volunteer = existing(texts[0]).code;
export const everybody = existing(texts[1]).code.trim();

/** The users of the guide's own job, with the visitors. */
export const withVolunteer = authorization.replaceAll("mnist", OWN_JOB).replace("users: [\n", `users: [\n${volunteer}`);
