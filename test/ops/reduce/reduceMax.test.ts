import { reduceMax } from "webgpu-cnn";
import { describeExtremum } from "../../support/extremum.js";
import * as oracle from "../../support/float64.js";

describeExtremum("reduceMax", reduceMax, oracle.reduceMax);
