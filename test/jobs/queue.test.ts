import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Job } from "../../src/jobs/job.js";
import { schedule } from "../../src/jobs/schedule.js";
import { workerQueue } from "../../src/jobs/worker-queue.js";
import type { JobWorker } from "../../src/jobs/worker-queue.js";

const job = (key: string, affinity = "one"): Job => ({ kind: "test", key, affinity, spec: key, name: key, record: "{}" });
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));

describe("a schedule", () => {
  it("gives every item once, to one worker, whatever is added and asked for in whatever order", () => {
    const step = fc.oneof(fc.record({ add: fc.constantFrom("a", "b", "c", "d") }), fc.record({ next: fc.nat(2) }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const s = schedule<{ affinity: string; n: number }>(3);
        const given: number[] = [];
        let added = 0;
        for (const now of steps) {
          if ("add" in now) s.add({ affinity: now.add, n: added++ });
          else {
            const item = s.next(now.next);
            if (item) given.push(item.n);
          }
        }
        // One worker is enough to come to an end only where the others have no last item of their own.
        for (let rounds = 0; rounds <= added; rounds++)
          for (let w = 0; w < 3; w++) {
            const item = s.next(w);
            if (item) given.push(item.n);
          }
        expect([...given].sort((a, b) => a - b)).toEqual(Array.from({ length: added }, (_, i) => i));
      }),
    );
  });

  it("leaves a worker with its affinity while there are others to begin", () => {
    const s = schedule<{ affinity: string }>(2);
    for (const affinity of ["a", "a", "a", "b", "b", "b"]) s.add({ affinity });
    expect([0, 1, 0, 1, 0, 1].map((w) => s.next(w)!.affinity)).toEqual(["a", "b", "a", "b", "a", "b"]);
    expect(s.next(0)).toBeUndefined();
  });
});

/** Workers that write down what they do. */
function workers(count: number, run: (job: Job, worker: number) => Promise<string>): readonly JobWorker[] {
  return Array.from({ length: count }, (_, i) => ({ run: (own) => run(own, i), close: () => Promise.resolve() }));
}

describe("a queue of workers", () => {
  it("does as many jobs at once as it has workers, and no more", async () => {
    let [now, most] = [0, 0];
    const run = async (): Promise<string> => {
      most = Math.max(most, ++now);
      await turn();
      now--;
      return "1";
    };
    const queue = workerQueue("test", "float64", workers(3, run));
    await Promise.all(Array.from({ length: 20 }, (_, i) => queue.submit(job(String(i), String(i)))));
    expect(most).toBe(3);
    await queue.close();
  });

  it("goes on with jobs that come whenever they come", async () => {
    const queue = workerQueue(
      "test",
      "float64",
      workers(2, (own) => Promise.resolve(own.key)),
    );
    for (let i = 0; i < 50; i++) {
      expect(await queue.submit(job(String(i)))).toBe(String(i));
      if (i % 7 === 0) await turn();
    }
    await queue.close();
  });

  it("leaves undone what `begin` says no to, and asks it only when a worker is free", async () => {
    const asked: string[] = [];
    const done: string[] = [];
    const queue = workerQueue(
      "test",
      "float64",
      workers(1, async (own) => {
        await turn();
        done.push(own.key);
        return own.key;
      }),
    );
    const begin = (key: string, wanted: boolean) => (): Promise<boolean> => {
      asked.push(`${key} after ${done.length}`);
      return Promise.resolve(wanted);
    };
    const results = await Promise.all([
      queue.submit(job("a"), { begin: begin("a", true) }),
      queue.submit(job("b"), { begin: begin("b", false) }),
      queue.submit(job("c"), { begin: begin("c", true) }),
    ]);
    expect(results).toEqual(["a", undefined, "c"]);
    expect(asked).toEqual(["a after 0", "b after 1", "c after 1"]);
    await queue.close();
  });

  it("ends jobs that have not begun when their signal is aborted; those that have decide", async () => {
    const stop = new AbortController();
    const reason = new Error("enough");
    const queue = workerQueue(
      "test",
      "float64",
      workers(1, async (own) => {
        await turn();
        stop.abort(reason);
        return own.key;
      }),
    );
    const [first, second] = ["a", "b"].map((key) => queue.submit(job(key), { signal: stop.signal }));
    expect(await first).toBe("a");
    await expect(second).rejects.toBe(reason);
    await queue.close();
  });

  it("brings events, outlives a failure, and closes after what is in work", async () => {
    const events: unknown[] = [];
    let ended = false;
    const worker: JobWorker = {
      run: async (own, { emit }) => {
        emit(`${own.key} begins`);
        await turn();
        if (own.key === "bad") throw new Error("bad");
        ended = true;
        return own.key;
      },
      close: () => {
        events.push(`closed, ended: ${ended}`);
        return Promise.resolve();
      },
    };
    const queue = workerQueue("test", "float64", [worker]);
    await expect(queue.submit(job("bad"), { onEvent: (e) => events.push(e) })).rejects.toThrow("bad");
    let begun: (_: void) => void;
    const started = new Promise<void>((resolve) => (begun = resolve));
    const last = queue.submit(job("good"), { onEvent: (e) => begun(void events.push(e)) });
    const never = queue.submit(job("late")).catch((e: unknown) => e);
    await started;
    await queue.close();
    expect(await last).toBe("good");
    expect(await never).toMatchObject({ code: "trial/failed" });
    expect(events).toEqual(["bad begins", "good begins", "closed, ended: true"]);
  });
});
