/** A shader file as the build hands it over: its text without comments, each line at its number, and the library files that its `#import` lines name. */
declare module "*.wgsl" {
  interface ShaderSource {
    /** From the project's root, such as "shaders/conv/conv2d/direct.wgsl". */
    readonly path: string;
    readonly source: string;
    readonly imports: readonly ShaderSource[];
  }
  const shader: ShaderSource;
  export default shader;
}
