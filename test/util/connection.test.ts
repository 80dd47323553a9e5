import { MessageChannel } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { connect, serve } from "../../src/util/connection.js";
import type { Answer, Answering, Connection, Port } from "../../src/util/connection.js";
import { IsogradError } from "../../src/util/errors.js";

const lineOf = (port: MessagePort, onEnd: (fail: (error: Error) => void) => void = () => undefined): Port => ({
  post: (message, transfer = []) => port.postMessage(message, transfer),
  listen: ({ message, fail }) => {
    port.on("message", message);
    onEnd(fail);
  },
});

let ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports) port.close();
  ports = [];
});

interface Pair {
  readonly connection: Connection;
  /** Whether the asker said that it waits. */
  readonly held: boolean[];
  /** Ends the worker. */
  fail(error: Error): void;
}

/** A connection to a worker in this thread: messages are cloned as between two. */
function pair(answer: (request: unknown, answering: Answering) => Promise<Answer>): Pair {
  const { port1, port2 } = new MessageChannel();
  ports.push(port1, port2);
  serve(lineOf(port2), answer);
  const held: boolean[] = [];
  let fail: (error: Error) => void = () => undefined;
  const port = {
    ...lineOf(port1, (f) => (fail = f)),
    hold: (awaited: boolean) => void held.push(awaited),
    end: () => Promise.resolve(port1.close()),
  };
  const connection = connect(port, (reason) => new IsogradError("trial/failed", `lost: ${reason}`));
  return { connection, held, fail: (error) => fail(error) };
}

describe("a connection to a worker", () => {
  it("matches replies to requests, in whatever order they come", async () => {
    const { connection, held } = pair(async (n) => {
      await new Promise((resolve) => setTimeout(resolve, 20 - (n as number)));
      return { reply: { n } };
    });
    const asked = [0, 5, 10, 15].map((n) => connection.ask(n));
    expect(await Promise.all(asked)).toEqual([{ n: 0 }, { n: 5 }, { n: 10 }, { n: 15 }]);
    expect(held[held.length - 1]).toBe(false);
  });

  it("brings errors of isograd with their parts, and what is lost in the words of the asker", async () => {
    const { connection } = pair((what) => {
      if (what === "refuse") throw new IsogradError("memory/limit", "too large", { at: ["net", "layer"], fix: "smaller", cause: () => 1 });
      throw new TypeError("a bug");
    });
    await expect(connection.ask("refuse")).rejects.toMatchObject({ code: "memory/limit", at: ["net", "layer"], parts: { fix: "smaller" } });
    await expect(connection.ask("break")).rejects.toMatchObject({ code: "trial/failed", what: "lost: a bug" });
  });

  it("brings events before the reply, to the request that they belong to", async () => {
    const { connection } = pair(async (name, { emit }) => {
      for (let step = 0; step < 3; step++) {
        emit({ name, step });
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return { reply: name };
    });
    const events: Record<string, unknown[]> = { a: [], b: [] };
    await Promise.all(["a", "b"].map((name) => connection.ask(name, { onEvent: (e) => events[name]!.push(e) })));
    for (const name of ["a", "b"]) expect(events[name]).toEqual([0, 1, 2].map((step) => ({ name, step })));
  });

  it("tells the worker that a request is no longer wanted, and no other", async () => {
    const stopped: unknown[] = [];
    const { connection } = pair(
      (name, { signal }) =>
        new Promise((resolve, reject) => {
          const end = setTimeout(() => resolve({ reply: "done" }), 50);
          signal.addEventListener("abort", () => {
            clearTimeout(end);
            stopped.push(name);
            reject(new Error("stopped"));
          });
        }),
    );
    const stop = new AbortController();
    const [first, second] = [connection.ask("first", { signal: stop.signal }), connection.ask("second")];
    setTimeout(() => stop.abort(), 5);
    await expect(first).rejects.toThrow(/stopped/);
    expect(await second).toBe("done");
    expect(stopped).toEqual(["first"]);
    const late = new AbortController();
    late.abort();
    await expect(connection.ask("third", { signal: late.signal })).rejects.toThrow(/stopped/);
  });

  it("moves buffers that are given away", async () => {
    const { connection } = pair((array) => Promise.resolve({ reply: array, transfer: [(array as Float32Array).buffer as ArrayBuffer] }));
    const sent = new Float32Array([1, 2, 3]);
    const back = (await connection.ask(sent, { transfer: [sent.buffer] })) as Float32Array;
    expect([...back]).toEqual([1, 2, 3]);
    expect(sent.length).toBe(0);
  });

  it("fails every request that waits when the worker ends, and those after it", async () => {
    const { connection, fail } = pair(() => new Promise(() => undefined));
    const waiting = [connection.ask(1), connection.ask(2)];
    fail(new Error("it ended with code 1"));
    for (const w of waiting) await expect(w).rejects.toMatchObject({ what: "lost: it ended with code 1" });
    await expect(connection.ask(3)).rejects.toMatchObject({ code: "trial/failed" });
  });
});
