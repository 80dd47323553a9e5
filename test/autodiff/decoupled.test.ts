import { describe, expect, it } from "vitest";
import { appendDecoupled } from "../../src/autodiff/decoupled.js";
import { appendLoss } from "../../src/autodiff/loss.js";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { buildNet } from "../../src/nn/build.js";
import { newBuilder } from "../../src/ops/registry.js";
import { bind } from "../../src/passes/bind.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { drawBatch } from "../../src/data/drawn-batch.js";
import { stream } from "../../src/util/random.js";

// A decoupled network's gradients in plain loops: three layers tanh(W·x), each but the last trained by a linear prediction of its gradient.

const [WIDTH, EXAMPLES, SEED] = [4, 3, 2];
const normals = (name: string, shape: readonly number[]): Tensor => {
  const size = shape.reduce((n, d) => n * d, 1);
  return tensor(
    "float64",
    shape,
    Float64Array.from({ length: size }, (_, i) => stream(SEED, name).normal(i)),
  );
};
const rows = (t: Tensor): number[][] =>
  Array.from({ length: t.data.length / WIDTH }, (_, r) => Array.from({ length: WIDTH }, (__, i) => t.data[r * WIDTH + i]!));

describe("a decoupled network", () => {
  const bound = bind(
    buildNet({ arch: "mlp", activation: "tanh", bias: false, depth: 3, width: WIDTH, classes: null, seed: SEED, dtype: "float64", batch: EXAMPLES }),
  );
  const b = newBuilder(bound.graph);
  const output = bound.graph.outputs[0]!;
  const names = [1, 2, 3].map((l) => `layer${l}/linear/weight`);
  const cuts = bound.graph.nodes.filter((n) => n.op === "Tanh").map((n) => n.outputs[0]!);
  const loss = appendLoss(b, bound, { loss: { kind: "mse" }, labels: b.type(output) });
  const seeds = new Map([[loss.loss, b.scalarOf("float64", 1)]]);
  const made = appendDecoupled(b, bound.graph, { cuts: cuts.slice(0, 2), seeds, wrt: names });
  const wanted = [...made.grads.values(), ...made.modules.flatMap((m) => [m.predicted, m.target])].map((v) => v!);
  b.outputs.length = 0;
  b.outputs.push(...new Set(wanted));
  const x = drawBatch(bound.graph, "gaussian", SEED);
  const target = normals("target", [EXAMPLES, WIDTH]);
  const modules = made.modules.map((_, k) => ({ weight: normals(`A${k}`, [WIDTH, WIDTH]), bias: normals(`c${k}`, [WIDTH]) }));
  const feeds = new Map([...x, [loss.labelsInput!, target] as const]);
  made.modules.forEach((m, k) => feeds.set(m.weight, modules[k]!.weight).set(m.bias, modules[k]!.bias));
  const values = evaluateGraph(b.build("decoupled"), feeds);
  const numbers = (v: string | undefined): number[][] => rows(values.get(v!)!);

  // By hand.
  const weights = names.map((n) => rows(bound.graph.initializers.get(n)!));
  const states = [rows(x.get("input")!)];
  for (const w of weights) states.push(states[states.length - 1]!.map((v) => w.map((row) => Math.tanh(row.reduce((s, a, i) => s + a * v[i]!, 0)))));
  const end = states[3]!.map((v, e) => v.map((y, i) => (2 * (y - rows(target)[e]![i]!)) / (EXAMPLES * WIDTH)));
  const predicted = modules.map(({ weight, bias }, k) =>
    states[k + 1]!.map((v) => Array.from({ length: WIDTH }, (_, j) => bias.data[j]! + v.reduce((s, a, i) => s + a * weight.data[i * WIDTH + j]!, 0))),
  );
  const given = [...predicted, end];
  const inner = given.map((g, l) => g.map((v, e) => v.map((u, i) => u * (1 - states[l + 1]![e]![i]! ** 2))));
  const close = (got: readonly (readonly number[])[], want: readonly (readonly number[])[]): void =>
    got.forEach((row, r) => row.forEach((v, i) => expect(v).toBeCloseTo(want[r]![i]!, 12)));

  it("gives every layer the gradient of its own prediction, the last one that of the loss", () => {
    names.forEach((name, l) => {
      const want = Array.from({ length: WIDTH }, (_, o) =>
        Array.from({ length: WIDTH }, (__, i) => inner[l]!.reduce((s, v, e) => s + v[o]! * states[l]![e]![i]!, 0)),
      );
      close(numbers(made.grads.get(name)), want);
    });
  });

  it("predicts linearly, towards what the next layer sends back", () => {
    made.modules.forEach((m, k) => {
      close(numbers(m.predicted), predicted[k]!);
      const sent = inner[k + 1]!.map((v) => Array.from({ length: WIDTH }, (_, i) => v.reduce((s, u, o) => s + u * weights[k + 1]![o]![i]!, 0)));
      close(numbers(m.target), sent);
    });
  });

  it("refuses maps", () => {
    const conv = bind(buildNet({ arch: "plain-conv", depth: 2, width: 3, input: [3, 4, 4], batch: 2 }));
    const own = newBuilder(conv.graph);
    const at = conv.graph.nodes[0]!.outputs[0]!;
    expect(() => appendDecoupled(own, conv.graph, { cuts: [at], seeds: new Map(), wrt: [] })).toThrow(/linear in features on the last axis/);
  });
});
