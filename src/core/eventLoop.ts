/** The time that work may block the thread. A page must answer within 50 ms, and one more operator may follow. */
const MOST_MILLISECONDS = 25;

let lastTurn = 0;

/**
 * Waits for one turn of the event loop, if the last one was long enough ago. Work that blocks the thread awaits it
 * between its parts.
 */
export async function takeTurnIfDue(): Promise<void> {
  if (performance.now() - lastTurn < MOST_MILLISECONDS) return;
  await nextTurn();
  lastTurn = performance.now();
}

/**
 * Resolves after the tasks that are due now. It uses no timer, because browsers delay nested timers. It posts two
 * messages: a browser looks for due timers when it chooses its next task, and runs them before a message that is posted
 * after that.
 */
export async function nextTurn(): Promise<void> {
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
