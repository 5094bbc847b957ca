import { reduceMin } from "webgpu-cnn";
import { describeExtremum } from "../../support/extremum.js";
import * as oracle from "../../support/float64.js";

describeExtremum("reduceMin", reduceMin, oracle.reduceMin);
