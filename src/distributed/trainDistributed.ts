import { webSocketConnect } from "./nats/connect.js";
import type { DistributedRun } from "./run.js";
import { trainOver } from "./run.js";
import type { TrainDistributedOptions } from "./trainOptions.js";
