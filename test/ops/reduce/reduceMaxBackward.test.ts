import { reduceMax, reduceMaxBackward } from "webgpu-cnn";
import { describeExtremumBackward } from "../../support/extremum.js";
import * as oracle from "../../support/float64.js";

describeExtremumBackward("reduceMaxBackward", reduceMax, reduceMaxBackward, oracle.reduceMaxBackward);
