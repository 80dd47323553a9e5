import { sizeOf } from "../../src/graph/tensor.js";
import { describe, expect, it } from "vitest";
import { isPrimitive } from "../../src/ops/op.js";
import type { PrimitiveOp, VjpContext } from "../../src/ops/op.js";
import { allOps } from "../../src/ops/registry.js";
import { checkFirstOrder } from "../support/check-vjp.js";
import { floatInputs, floatOutputs, vjpGraph } from "../support/differentiate.js";
import { build } from "../support/examples.js";
import { mutantSkipped, mutantsOf } from "../support/mutants.js";

// Does the suite see a wrong rule? Every node that a rule emits is broken in turn (a sign flipped, a term or factor dropped, a
// branch swapped), and every cotangent negated and dropped; the check against central differences must fail each time.

/** Mutants that no difference quotient can show, with the reason. */
const EQUIVALENT: Readonly<Record<string, readonly (readonly [RegExp, string])[]>> = {
  ScatterElements: [[/^mul by zeros: its node 20 \(Sub\)/, "what it takes away is 0: it tells in the second derivative only"]],
  ReduceMax: [[/(?<!ties): its node \d+ \(Div\) drops the divisor/, "the divisor counts ties: only the example with ties shows it"]],
  ReduceMin: [[/(?<!ties): its node \d+ \(Div\) drops the divisor/, "the divisor counts ties: only the example with ties shows it"]],
};

type Mutable = { -readonly [K in keyof PrimitiveOp]: PrimitiveOp[K] };

const only = process.env["ISOGRAD_OPS"]?.split(",");
const ops = allOps().filter((op): op is PrimitiveOp => isPrimitive(op) && typeof op.vjp === "function" && (!only || only.includes(op.name)));

describe("every mutant of every gradient rule is caught", () => {
  if (ops.length === 0) it.skip("of the ops that were asked for none has a gradient rule");
  it.each(ops.map((op) => [op.name, op] as const))("%s", (_, op) => {
    const original = op.vjp;
    const survivors = new Map<string, string>();
    const killed = new Set<string>();
    for (const example of op.examples) {
      const { graph, feeds } = build(op, example, "float64");
      const elements = (names: readonly string[]): number => names.reduce((n, v) => n + sizeOf(graph.types.get(v)!.shape), 0);
      if (elements(floatInputs(graph)) === 0 || elements(floatOutputs(graph)) === 0) continue;
      const emitted = emittedBy(op, () => vjpGraph(graph));
      // The example is rewritten to other ops: it does without the rule.
      if (!emitted) continue;
      for (const mutant of mutantsOf(op, emitted)) {
        (op as Mutable).vjp = mutant.vjp;
        mutantSkipped.count = 0;
        let seen = false;
        try {
          checkFirstOrder(graph, feeds);
        } catch {
          seen = true;
        } finally {
          (op as Mutable).vjp = original;
        }
        if (mutantSkipped.count > 0) continue;
        // The same place of the same rule counts once: an example may be blind to it (a factor that is 1) where another is not.
        const place = `${emitted.join()}: ${mutant.name}`;
        if (seen) killed.add(place);
        else survivors.set(place, `${example.name}: ${mutant.name}`);
      }
    }
    const unseen = [...survivors].filter(([place]) => !killed.has(place)).map(([, name]) => name);
    const excused = EQUIVALENT[op.name] ?? [];
    expect(
      unseen.filter((name) => !excused.some(([pattern]) => pattern.test(name))),
      "mutants that no check saw",
    ).toEqual([]);
    expect(killed.size).toBeGreaterThan(0);
  });
});

/** Ops of the nodes that an op's rule emits when `run` differentiates it once. */
function emittedBy(op: PrimitiveOp, run: () => void): string[] | undefined {
  const original = op.vjp as Extract<PrimitiveOp["vjp"], (...args: never[]) => unknown>;
  let kinds: string[] | undefined;
  (op as Mutable).vjp = (c: VjpContext) => {
    const start = c.b.nodes.length;
    const result = original(c);
    kinds = c.b.nodes.slice(start).map((n) => n.op);
    return result;
  };
  try {
    run();
  } finally {
    (op as Mutable).vjp = original;
  }
  return kinds;
}
