/** The bench type-checks without this peer installed. Its build for Node is installed, for the tests. */
declare module "onnxruntime-web" {
  export * from "onnxruntime-common";
}
