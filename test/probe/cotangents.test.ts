import { expect, it } from "vitest";
import { gradientGraph } from "../../src/autodiff/gradient.js";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { bind } from "../../src/passes/bind.js";
import { drawnCotangent } from "../../src/probe/cotangent.js";
import { COTANGENTS, measure } from "../../src/probe/measure.js";
import { flowThrough, lnBranchGradientOf, lnGradientAt, lnParameterGradient } from "../../src/probe/check-readings.js";
import { measurementGraph } from "../../src/probe/measurement.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import { structureOf } from "../../src/structure/structure.js";
import { Net } from "../doctor/support.js";
import { examplesOf, modelOf, sumSquares } from "./naive.js";
import { normals } from "./subjects.js";

const wide = (t: Tensor): Tensor => tensor("float64", t.shape, t.data);

it("without a loss, squares are averaged over the drawn cotangents, example by example", async () => {
  const net = new Net([3, 4], 11);
  const h = net.tanh(net.linear("x", "a", 4, 5));
  const from = net.add(h, net.linear(net.tanh(net.linear(h, "b", 5, 6)), "c", 6, 5));
  const graph = net.graph(net.linear(from, "d", 5, 2));
  const bound = bind(modelOf(graph));
  const structure = structureOf(bound, bound.graph.outputs[0]!);
  const x = wide(normals(11, "x", [3, 4]));
  const run = {
    bound,
    structure,
    request: { examples: 3 },
    batches: [new Map([["x", x]])],
    runtime: referenceRuntime(),
    seed: 5,
    memoryLimit: 2 ** 30,
  };
  const m = await measure(run);
  // The same by hand: the gradient of ⟨output, u⟩ for each of the drawn u.
  const measured = measurementGraph(bound, structure, { examples: 3 });
  const values = [...structure.trunk.map((c) => c.values[0]!), "a.weight", "d.weight"];
  const sums = new Map<string, number[]>();
  for (let k = 0; k < COTANGENTS; k++) {
    const u = drawnCotangent(measured, measured.cotangentInput!, 5, `cotangent/0/${k}`);
    const b = newBuilder(bound.graph);
    const loss = b.reduceSum(b.mul(bound.graph.outputs[0]!, b.constant(u)), [0, 1], false);
    b.outputs.length = 0;
    const grad = gradientGraph(b.build("g"), { loss, wrt: values });
    const result = evaluateGraph(grad.graph, new Map([["x", x]]));
    for (const v of values) {
      const t = result.get(grad.grads.get(v)!)!;
      const rows = v.includes("weight") ? [Array.from(t.data)] : examplesOf(t, 3);
      const list = sums.get(v) ?? rows.map(() => 0);
      rows.forEach((row, e) => (list[e]! += sumSquares(row) / COTANGENTS));
      sums.set(v, list);
    }
  }
  structure.trunk.forEach((cut, i) => {
    const wanted = sums.get(cut.values[0]!)!;
    flowThrough(m, i).lnGradientSquares!.forEach((ln, e) => expect(ln).toBeCloseTo(Math.log(wanted[e]!), 9));
    expect(lnGradientAt(m, i)).toBeCloseTo(0.5 * Math.log(wanted.reduce((s, v) => s + v, 0)), 9);
  });
  m.places.parameters.forEach(({ parameter: { name } }, i) => {
    const wanted = sums.get(name);
    if (wanted) expect(lnParameterGradient(m, i)).toBeCloseTo(0.5 * Math.log(wanted[0]!), 9);
  });
  expect(structure.blocks.filter((_, i) => lnBranchGradientOf(m, i) !== null)).toHaveLength(1);
});

it("a cut of two values counts both: what is left of the network from there on, differentiated by its own inputs", () => {
  // A cell with two states, written out: c ← σ(x_t + W_f·h)·c + tanh(W_g·h), h ← tanh(c)·σ(W_o·h).
  const [n, d, steps] = [3, 4, 5];
  const weights = ["f", "g", "o"].map((k) => [k, normals(21, k, [d, d], 0.7, "float64")] as const);
  const xs = normals(21, "x", [n, steps, d], 1, "float64");
  const u = normals(21, "u", [n, d], 1, "float64");
  /** The network from step `since` on; its states before that are inputs. */
  const tail = (since: number): ReturnType<typeof newBuilder> => {
    const b = newBuilder();
    const x = b.input("x", { dtype: "float64", shape: [n, steps, d] });
    const w = new Map(weights.map(([k, t]) => [k, b.initializer(k, t, false)]));
    const type = { dtype: "float64", shape: [n, d] } as const;
    let h = since === 0 ? b.full(0, type) : b.input("h", type);
    let c = since === 0 ? b.op("Tanh", [b.reshape(b.slice(x, [0], [1], [1]), [n, d])]) : b.input("c", type);
    for (let t = since; t < steps; t++) {
      const input = b.reshape(b.slice(x, [t], [t + 1], [1]), [n, d]);
      const gate = b.op("Sigmoid", [b.add(input, b.matmul(h, w.get("f")!))]);
      c = b.op("Add", [b.mul(gate, c), b.op("Tanh", [b.matmul(h, w.get("g")!)])], {}, { outputs: [`c${t}`] });
      h = b.op("Mul", [b.op("Tanh", [c]), b.op("Sigmoid", [b.add(input, b.matmul(h, w.get("o")!))])], {}, { outputs: [`h${t}`] });
    }
    b.outputs.push(h);
    return b;
  };
  const whole = bind(modelOf({ ...tail(0).build("cell"), types: new Map() }));
  const structure = structureOf(whole, whole.graph.outputs[0]!);
  const pairs = structure.trunk.map((c, i) => ({ c, i })).filter(({ c }) => c.values.length === 2);
  expect(pairs.length).toBeGreaterThan(2);
  const request = { examples: n, loss: { kind: "mse" as const }, labels: { dtype: "float64" as const, shape: [n, d] } };
  const graph = measurementGraph(whole, structure, request);
  const values = evaluateGraph(
    graph.graph,
    new Map([
      ["x", xs],
      [graph.labelsInput!, u],
    ]),
  );
  const m = graph.read((v) => values.get(v)!);
  const states = evaluateGraph({ ...whole.graph, outputs: pairs.flatMap(({ c }) => c.values) }, new Map([["x", xs]]));
  let checked = 0;
  for (const { c, i } of pairs) {
    const step = Math.max(...c.values.map((v) => Number(/\d+$/.exec(v)![0])));
    // Only cuts of both states of one step are what the tail begins with.
    if (!c.values.includes(`c${step}`) || !c.values.includes(`h${step}`) || step === steps - 1) continue;
    const b = tail(step + 1);
    const error = b.sub(b.outputs[0]!, b.constant(u));
    const loss = b.reduceMean(b.mul(error, error), [0, 1], false);
    b.outputs.length = 0;
    const grad = gradientGraph(b.build("tail"), { loss, wrt: ["c", "h"] });
    const feeds = new Map([
      ["x", xs],
      ["c", states.get(`c${step}`)!],
      ["h", states.get(`h${step}`)!],
    ]);
    const result = evaluateGraph(grad.graph, feeds);
    const [gc, gh] = ["c", "h"].map((v) => examplesOf(result.get(grad.grads.get(v)!)!, n)) as [
      readonly (readonly number[])[],
      readonly (readonly number[])[],
    ];
    gc.forEach((row, e) => {
      expect(m.cuts[i]!.lnGradientSquares![e]!).toBeCloseTo(Math.log(sumSquares(row) + sumSquares(gh[e]!)), 9);
      const x2 = [`c${step}`, `h${step}`].reduce((s, v) => s + sumSquares(examplesOf(states.get(v)!, n)[e]!), 0);
      expect(m.cuts[i]!.activation.lnSquares[e]!).toBeCloseTo(Math.log(x2), 9);
    });
    expect(m.cuts[i]!.activation.elements).toBe(2 * d);
    checked++;
  }
  expect(checked).toBeGreaterThan(1);
});

it("a cotangent is drawn by its key alone", () => {
  const net = new Net([3, 4], 11);
  const bound = bind(modelOf(net.graph(net.linear("x", "a", 4, 5))));
  const measured = measurementGraph(bound, structureOf(bound, bound.graph.outputs[0]!), { examples: 3 });
  const draw = (seed: number, key?: string): readonly number[] => Array.from(drawnCotangent(measured, measured.cotangentInput!, seed, key).data);
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  expect(draw(1)).not.toEqual(draw(1, "cotangent/0/1"));
  expect(sizeOf([3, 5])).toBe(draw(1).length);
});
