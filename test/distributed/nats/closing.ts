/** Joins a job, waits for much, and closes the connection. Then nothing may keep the process alive. */

import { OptionReader } from "../../../src/core/options.js";
import { connect } from "../../../src/distributed/nats/connect.node.js";
import { JobServer } from "../../../src/distributed/nats/jobServer.js";
import { readServerOptions, SERVER_OPTION_NAMES } from "../../../src/distributed/nats/serverOptions.js";

const reader = new OptionReader("closing", { servers: process.argv[2], job: "digits" }, SERVER_OPTION_NAMES);
const options = readServerOptions("closing", reader);
const job = await JobServer.connect(connect, options, new AbortController().signal);
await job.create("memory", 10);
const answers = job.answers(0);
await answers.next(0);
job.onHeartbeat(() => undefined);
job.heartbeat("w1", new Uint8Array(1));
const waits = Promise.allSettled([job.nextWork(600), answers.next(600), job.open()]);
await job.close();
const ends = await waits;
console.log(ends.map((end) => (end.status === "rejected" ? end.reason.message : "gave a value")).join("\n"));
