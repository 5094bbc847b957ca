import type { SerializedError } from "vitest";
import type { Reporter, TestModule, TestSuite } from "vitest/node";

/** Ends the output with the line `N passed, N failed, N skipped`. A failure outside of all tests counts too. */
export class ClosingLineReporter implements Reporter {
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  onInit(): void {
    // Vitest prints after the last hook of a reporter, and a run can fail without calling any hook.
    process.once("exit", (code) => {
      const failed = code === 0 ? this.#failed : Math.max(1, this.#failed);
      console.log(`${this.#passed} passed, ${failed} failed, ${this.#skipped} skipped`);
    });
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const states = modules.flatMap((module) => Array.from(module.children.allTests(), (test) => test.result().state));
    const groups = modules.flatMap((module): (TestModule | TestSuite)[] => [module, ...module.children.allSuites()]);
    const strayErrors = unhandledErrors.length + groups.flatMap((group) => group.errors()).length;
    this.#passed = states.filter((state) => state === "passed").length;
    this.#skipped = states.filter((state) => state === "skipped").length;
    // A test that is still "pending" did not finish: its process crashed.
    this.#failed = states.length - this.#passed - this.#skipped + strayErrors;
  }
}
