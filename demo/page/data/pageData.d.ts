/** Made by tools/page-data-plugin.ts. */
declare module "virtual:page-data/*" {
  export const url: string;
  /** Of the items in the file. */
  export const counts: { readonly train: number; readonly test: number };
  /** One test item of each class from 0 to 9, 28 × 28 bytes each, as base64. */
  export const samples: string;
}
