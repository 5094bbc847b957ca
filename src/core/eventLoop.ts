/** How long a thread may be kept from its timers and events. A page must answer within 50 ms, and an operator may still follow. */
const MOST_MILLISECONDS = 25;

let lastTurn = 0;

/** Lets timers and events have a turn, if the last one was long enough ago. Work that blocks the thread awaits it between two parts. */
export async function takeTurnIfDue(): Promise<void> {
  if (performance.now() - lastTurn < MOST_MILLISECONDS) return;
  await nextTurn();
  lastTurn = performance.now();
}

/** Resolves in a task of its own, without the delay that browsers give nested timers. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === "function") {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
