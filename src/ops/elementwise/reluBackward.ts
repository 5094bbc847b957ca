export { beforeRelu } from "./relu.js";
