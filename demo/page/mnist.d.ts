/** Made by tools/mnist-plugin.ts while the page is built. */
declare module "virtual:mnist" {
  /** One digit of each class from 0 to 9, 28×28 bytes each, as base64. */
  export const digits: string;
}
