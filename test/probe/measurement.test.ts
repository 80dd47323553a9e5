import { afterAll, describe, expect, it } from "vitest";
import type { Graph } from "../../src/graph/graph.js";
import { bind } from "../../src/passes/bind.js";
import { measure } from "../../src/probe/measure.js";
import { collapseAt, flowThrough, lnBranchGradientOf, lnParameterGradient, lostShareOf, unitsOf } from "../../src/probe/check-readings.js";
import type { CheckReadings } from "../../src/probe/check-readings.js";
import { lnActivationOf, lnGradientOf, lnScaleFreeOf } from "../../src/probe/flow.js";
import { examplesMix } from "../../src/probe/mixing.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import type { Runtime } from "../../src/runtime/runtime.js";
import { openRuntime } from "../../src/runtime/select.js";
import { structureOf } from "../../src/structure/structure.js";
import type { Structure } from "../../src/structure/types.js";
import { feedsFor } from "../../src/data/batch.js";
import { centredShare, everything, examplesOf, meanCosine, modelOf, roundedAway, shareOfUnits, sumSquares } from "./naive.js";
import { subjects } from "./subjects.js";
import type { Subject } from "./subjects.js";

// Every probe against plain loops over whole tensors, on small random networks, in both runtimes and both arithmetics.

let native: Promise<Runtime> | undefined;
const runtimeOf = (name: string): Promise<Runtime> =>
  name === "reference" ? Promise.resolve(referenceRuntime()) : (native ??= openRuntime("node", { threads: 1 }));
afterAll(async () => (await native)?.close());

async function measured(
  { graph, batch, target, examples }: Subject,
  runtime: Runtime,
  dtype: "float32" | "float64",
): Promise<{ readonly m: CheckReadings; readonly structure: Structure; readonly mixes: boolean | undefined }> {
  const bound = bind(modelOf(graph), { dtype });
  const structure = structureOf(bound, bound.graph.outputs[0]!);
  const labels = { dtype, shape: target.shape };
  const result = await measure({
    bound,
    structure,
    request: { examples, loss: { kind: "mse" }, labels },
    batches: [batch],
    labels: [target],
    runtime,
    seed: 1,
    memoryLimit: 2 ** 30,
  });
  const mixes = await examplesMix(bound, structure, examples, feedsFor(bound.graph, batch), { runtime, memoryLimit: Infinity });
  return { m: result, structure, mixes };
}

/** The cotangent that a branch alone sends back: the nodes that take it read a copy of their input, whose cotangent it is. */
function branchCotangent(s: Subject, from: string, users: readonly string[]): readonly number[] {
  const copy = { op: "Identity", domain: "", name: "copied", inputs: [from], outputs: ["the copy"], attrs: {} };
  const at = s.graph.nodes.findIndex((n) => n.outputs.includes(from)) + 1;
  const nodes = s.graph.nodes.map((n) => (users.includes(n.name) ? { ...n, inputs: n.inputs.map((v) => (v === from ? "the copy" : v)) } : n));
  const graph: Graph = { ...s.graph, nodes: [...nodes.slice(0, at), copy, ...nodes.slice(at)] };
  return Array.from(everything(graph, s.batch, s.target).cotangents.get("the copy")!.data);
}

const ln = (sum: number): number => Math.log(sum);

for (const [runtime, dtype, tolerance] of [
  ["reference", "float64", 1e-9],
  ["node", "float64", 1e-9],
  ["node", "float32", 2e-3],
] as const) {
  // A logarithm of what is zero but for rounding has no precision.
  const near = (got: number, wanted: number, at: string, floor = -30): void => {
    if (wanted === -Infinity || wanted < floor) expect(got, at).toBeLessThan(floor + 15);
    else expect(Math.abs(got - wanted), `${at}: ${got} for ${wanted}`).toBeLessThan(tolerance);
  };

  describe(`${runtime}, ${dtype}`, () => {
    for (const subject of [...subjects(1), ...(runtime === "node" ? [] : subjects(2).slice(1, 7))]) {
      it(subject.name, async () => {
        const { m, structure, mixes } = await measured(subject, await runtimeOf(runtime), dtype);
        const truth = everything(subject.graph, subject.batch, subject.target);
        const n = subject.examples;
        expect(m.readings.at("loss", m.places.network)).toBeCloseTo(truth.loss, dtype === "float64" ? 9 : 3);
        expect(mixes).toBe(subject.mixes);

        let compared = 0;
        structure.trunk.forEach((cut, i) => {
          if (cut.values.length !== 1 || !cut.exact) return;
          const [v] = cut.values as readonly [string];
          const [flow, collapse] = [flowThrough(m, i), collapseAt(m, i)];
          const x = truth.values.get(v)!;
          if (x.dtype !== "float64") {
            expect(flow.lnGradientSquares).toBeUndefined();
            return;
          }
          compared++;
          const rows = examplesOf(x, n);
          const g = truth.cotangents.get(v)!;
          examplesOf(g, n).forEach((row, e) => near(flow.lnGradientSquares![e]!, ln(sumSquares(row)), `gradient of ${v}, ${e}`));
          rows.forEach((row, e) => near(flow.activation.lnSquares[e]!, ln(sumSquares(row)), `activation ${v}, ${e}`));
          expect(flow.activation.elements).toBe(rows[0]!.length);
          near(lnGradientOf(flow), 0.5 * ln(sumSquares(g.data)), `norm at ${v}`);
          near(lnActivationOf(flow), 0.5 * ln(sumSquares(x.data) / x.data.length), `root mean square of ${v}`);
          const share = rows.length > 1 ? centredShare(rows) : null;
          const cosine = rows.length > 1 ? meanCosine(rows) : null;
          for (const [got, wanted] of [
            [collapse.cosine, cosine],
            [collapse.centredShare, share],
          ] as const) {
            if (wanted === null) expect(got, `collapse at ${v}`).toBeNull();
            else expect(Math.abs(got! - wanted), `collapse at ${v}`).toBeLessThan(tolerance);
          }
        });
        expect(compared).toBeGreaterThan(3);

        const last = structure.trunk[structure.trunk.length - 1]!;
        const rowsOf = (v: string): readonly (readonly [number, number])[] => {
          const [x, g] = [examplesOf(truth.values.get(v)!, n), examplesOf(truth.cotangents.get(v)!, n)];
          return x.map((row, e) => [sumSquares(g[e]!), sumSquares(row) / row.length]);
        };
        structure.trunk.forEach((cut, i) => {
          const v = cut.values[0]!;
          if (cut.values.length !== 1 || !cut.exact || truth.values.get(v)!.dtype !== "float64") return;
          const end = rowsOf(last.values[0]!);
          const logs = rowsOf(v).map(([g, a], e) => 0.5 * ln((g * a) / (end[e]![0] * end[e]![1])));
          const finite = logs.filter(Number.isFinite);
          near(
            lnScaleFreeOf(flowThrough(m, i), flowThrough(m, structure.trunk.length - 1))!,
            finite.reduce((s, l) => s + l, 0) / finite.length,
            `scale-free at ${v}`,
          );
        });

        let branches = 0;
        structure.blocks.forEach((block, i) => {
          const ends = structure.trunk.slice(block.from + 1, block.to + 1).flatMap((c) => c.values);
          const known = Object.entries(subject.branches).find(([end]) => ends.includes(end))?.[1];
          if (!known) {
            expect(lnBranchGradientOf(m, i), block.kind).toBeNull();
            return;
          }
          branches++;
          const row = branchCotangent(subject, known.from, known.users);
          near(2 * lnBranchGradientOf(m, i)!, ln(sumSquares(row)), `branch from ${known.from}`);
        });
        expect(branches).toBe(Object.keys(subject.branches).length);

        m.places.parameters.forEach(({ parameter: { name } }, i) => {
          const g = truth.cotangents.get(name);
          if (!g) return expect(lnParameterGradient(m, i)).toBe(-Infinity);
          near(lnParameterGradient(m, i), 0.5 * ln(sumSquares(g.data)), `gradient of ${name}`, -22);
          if (sumSquares(g.data) < 1e-20) return;
          const lost = lostShareOf(m, i)!;
          expect(Math.abs((lost.float16 ?? 0) - (roundedAway(g.data, 2 ** -24) ?? 0))).toBeLessThan(dtype === "float64" ? 1e-12 : 0.1);
          expect(lost.bfloat16 ?? 0).toBe(roundedAway(g.data, 2 ** -133) ?? 0);
          near(lost.lnLargest, ln(Math.max(...Array.from(g.data, Math.abs))), `largest of ${name}`);
        });

        const sites = subject.graph.nodes.filter((k) => ["Relu", "Tanh", "Sigmoid"].includes(k.op));
        expect(m.places.units.map((u) => u.unit.value).sort()).toEqual(sites.map((k) => k.outputs[0]!).sort());
        m.places.units.forEach(({ unit: { value, op } }, i) => {
          const u = unitsOf(m, i);
          const x = truth.values.get(value)!;
          const axis = x.shape.length >= 4 ? 1 : x.shape.length - 1;
          expect(u.size).toBe(x.shape[axis]);
          expect(u.dead).toBe(op === "Relu" ? shareOfUnits(x, axis, (v) => v === 0) : null);
          const flat = op === "Tanh" ? (v: number) => Math.abs(v) > 0.99 : (v: number) => v < 0.01 || v > 0.99;
          expect(u.saturated).toBe(op === "Relu" ? null : shareOfUnits(x, axis, flat));
        });
      });
    }
  });
}
