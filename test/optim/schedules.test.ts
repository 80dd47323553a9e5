import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { SCHEDULES } from "../../src/optim/schedules/index.js";
import { warmedUp } from "../../src/optim/warm-up.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";

const RATES = JSON.parse(readFileSync(new URL("../fixtures/training/schedules.json", import.meta.url), "utf8")) as Record<string, readonly number[]>;

/** The factors of a run of `steps` steps. */
function factors(name: string, steps: number, warmup = 0): readonly number[] {
  const b = newBuilder();
  const step = b.input("step", { dtype: "float64", shape: [] });
  b.outputs.push(
    warmedUp(
      SCHEDULES.find((s) => s.name === name)!,
      { b, step, steps },
      warmup,
    ),
  );
  const graph = b.build("rate");
  return Array.from(
    { length: steps },
    (_, s) => evaluateGraph(graph, new Map([["step", tensor("float64", [], [s])]])).get(graph.outputs[0]!)!.data[0]!,
  );
}

describe("schedules", () => {
  it.each(SCHEDULES.map((s) => s.name))("%s has PyTorch's rates", (name) => {
    const wanted = RATES[name]!;
    factors(name, wanted.length).forEach((f, i) => expect(f).toBeCloseTo(wanted[i]!, 12));
  });

  it.each(SCHEDULES.map((s) => s.name))("%s begins after a linear warm-up, over the steps that are left", (name) => {
    const all = factors(name, 20, 5);
    [0.2, 0.4, 0.6, 0.8, 1].forEach((f, i) => expect(all[i]).toBeCloseTo(f, 12));
    factors(name, 15).forEach((f, i) => expect(all[5 + i]).toBeCloseTo(f, 12));
  });

  it("one-cycle has a peak of 1 in runs of any length", () => {
    for (const steps of [1, 2, 3, 4, 10, 1000]) {
      const all = factors("one-cycle", steps);
      expect(all.every((f) => f > 0 && f <= 1)).toBe(true);
    }
  });
});
