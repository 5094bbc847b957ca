import type { Job, Report } from "../../live/messages.js";

/** One run of a block, in a worker of its own. */
export class Run {
  private readonly worker: Worker;

  /**
   * @param script the address of live.js
   * @param tell is called with each report. The last is "done" or "failed"
   */
  constructor(script: string, job: Job, tell: (report: Report) => void) {
    this.worker = new Worker(script, { type: "module" });
    this.worker.addEventListener("message", ({ data }: MessageEvent<Report>) => {
      if (data.type === "done" || data.type === "failed") this.stop();
      tell(data);
    });
    this.worker.addEventListener("error", ({ message }) => {
      this.stop();
      tell({ type: "failed", message: message || `${script} cannot be loaded` });
    });
    this.worker.postMessage(job);
  }

  stop(): void {
    this.worker.terminate();
  }
}
