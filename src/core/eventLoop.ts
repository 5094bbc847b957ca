/** How long a thread may be kept from its timers and events. A page must answer within 50 ms, and an operator may still follow. */
const MOST_MILLISECONDS = 25;

let lastTurn = 0;

/** Lets timers and events have a turn, if the last one was long enough ago. Work that blocks the thread awaits it between two parts. */
export async function takeTurnIfDue(): Promise<void> {
  if (performance.now() - lastTurn < MOST_MILLISECONDS) return;
  await nextTurn();
  lastTurn = performance.now();
}

/**
 * Resolves after tasks that are due now, without the delay that browsers give nested timers. Twice through a message channel: a browser finds
 * out which timers are due when it looks for its next task, and takes them before a message that is posted after that.
 */
async function nextTurn(): Promise<void> {
  if (typeof setImmediate === "function") {
    await new Promise((resolve) => setImmediate(resolve));
    return;
  }
  const { port1, port2 } = new MessageChannel();
  for (let i = 0; i < 2; i++) {
    await new Promise((resolve) => {
      port1.onmessage = resolve;
      port2.postMessage(undefined);
    });
  }
  port1.close();
}
