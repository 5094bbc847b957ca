import { reduceMin, reduceMinBackward } from "webgpu-cnn";
import { describeExtremumBackward } from "../../support/extremum.js";
import * as oracle from "../../support/float64.js";

describeExtremumBackward("reduceMinBackward", reduceMin, reduceMinBackward, oracle.reduceMinBackward);
