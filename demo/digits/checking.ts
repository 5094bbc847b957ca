import { type Backend, type Shape, type Tensor, ValidationError, type ValidationReport } from "webgpu-cnn";
import type { Step, Visit } from "./network.js";

/** The result for one output of one step. */
export interface CheckedOutput {
  readonly tensor: string;
  readonly shape: Shape;
  /** Undefined if there was nothing to compare with. */
  readonly report?: ValidationReport;
}

export interface CheckedStep {
  readonly step: Step;
  readonly outputs: readonly CheckedOutput[];
}

/** Runs each step once on a validating backend and keeps the results of its comparisons. */
export class Checker {
  readonly steps: CheckedStep[] = [];
  /** The messages of the library for what went wrong. */
  readonly problems: string[] = [];
  #reports: ValidationReport[] = [];

  /** For `createBackend({ validate })`. */
  readonly report = (report: ValidationReport): void => {
    this.#reports.push(report);
  };

  /** @param announce is told which operator comes next */
  visitor(backend: Backend, announce: (operator: string) => void): Visit {
    return async (step) => {
      announce(step.operator);
      this.#reports = [];
      const outputs = step.run();
      this.problems.push(...(await mismatches(backend)));
      this.steps.push({ step, outputs: await this.#matchReports(backend, step, outputs) });
      return outputs;
    };
  }

  async #matchReports(backend: Backend, step: Step, outputs: Readonly<Record<string, Tensor>>) {
    const matched: CheckedOutput[] = [];
    for (const [tensor, output] of Object.entries(outputs)) {
      const { shape } = output;
      const report = this.#reports.find((report) => report.tensor === tensor);
      if (report) {
        matched.push({ tensor, shape, report });
        continue;
      }
      matched.push({ tensor, shape });
      if (backend.kind === "cpu") continue;
      // An operator that failed on the device is not compared. Reading its output gives the reason.
      await output.read();
      this.problems.push(`${step.operator}: ${tensor} was not compared with the CPU reference`);
    }
    return matched;
  }
}

/** Waits for the comparisons so far and collects the mismatches. `settled` reports one at a time. */
async function mismatches(backend: Backend): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    try {
      await backend.settled();
      return found;
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      found.push(error.message);
    }
  }
}
