import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { Stopped, StopRequest } from "../../src/command/stopping.node.js";

describe("Ctrl-C", () => {
  function press() {
    let time = 0;
    const exits: number[] = [];
    const events = new EventEmitter();
    const stop = new StopRequest(
      events,
      (status) => exits.push(status),
      () => time,
    );
    const at = (when: number, signal: NodeJS.Signals = "SIGINT") => {
      time = when;
      events.emit(signal, signal);
    };
    return { stop, at, exits, events };
  }

  test("asks to stop; npm's copy of it is no second one; a second one ends it all", () => {
    const { stop, at, exits } = press();
    expect(stop.signal.aborted).toBe(false);
    at(1000);
    expect(stop.signal.reason).toBeInstanceOf(Stopped);
    at(1005);
    expect(exits).toEqual([]);
    at(2000);
    expect(exits).toEqual([130]);
  });

  test("SIGTERM does the same with its own status, and when there is nothing to save any more nobody listens", () => {
    const { stop, at, events } = press();
    at(0, "SIGTERM");
    expect(stop.signal.aborted).toBe(true);
    expect(stop.status).toBe(143);
    expect(stop.isCauseOf(stop.signal.reason)).toBe(true);
    expect(stop.isCauseOf(new Error("aborted", { cause: stop.signal.reason }))).toBe(true);
    expect(stop.isCauseOf(new Error("aborted"))).toBe(false);
    stop.end();
    expect(events.eventNames()).toEqual([]);
  });
});
