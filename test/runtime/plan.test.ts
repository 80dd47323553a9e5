import { describe, expect, it } from "vitest";
import { gradientGraph } from "../../src/autodiff/gradient.js";
import type { Graph } from "../../src/graph/graph.js";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { newBuilder } from "../../src/ops/registry.js";
import { periodicRanges } from "../../src/runtime/periods.js";
import { unpacked } from "../../src/runtime/pack.js";
import { planGraph } from "../../src/runtime/plan.js";
import type { Plan } from "../../src/runtime/plan.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { planBytes } from "../../src/runtime/plan-bytes.js";
import { peakBytes } from "../../src/passes/memory.js";
import { verifyGraph } from "../../src/passes/verify.js";
import { stream } from "../../src/util/random.js";

function normals(shape: readonly number[], name: string, scale = 1): Tensor {
  const r = stream(3, name);
  return tensor(
    "float32",
    shape,
    Float64Array.from({ length: shape.reduce((a, d) => a * d, 1) }, (_, i) => scale * r.normal(i)),
  );
}

/** An MLP with `depth` layers, a skip every third one and weights shared between layers 1 and 4. */
function deepNet(depth: number, width = 8, batch = 4): { graph: Graph; feeds: Map<string, Tensor> } {
  const b = newBuilder();
  let h = b.input("x", { dtype: "float32", shape: [batch, width] });
  const names: string[] = [];
  for (let l = 0; l < depth; l++) {
    const name = l === 4 ? "w1" : `w${l}`;
    if (l !== 4) {
      b.initializer(name, normals([width, width], name, 1 / Math.sqrt(width)), false);
      b.initializer(`b${l}`, normals([width], `b${l}`, 0.1), false);
      names.push(name, `b${l}`);
    }
    const y = b.op("Tanh", [b.op("Gemm", [h, name, l === 4 ? "b1" : `b${l}`])]);
    h = l % 3 === 2 ? b.add(h, y) : y;
  }
  const loss = b.reduceSum(b.square(h), [0, 1], false);
  b.outputs.push(loss);
  const { graph } = gradientGraph(b.build("deep"), { loss, wrt: names });
  return { graph, feeds: new Map([["x", normals([batch, width], "x")]]) };
}

/** A recurrent cell over some steps, whose inputs are computed before the first of them and whose outputs are read after the last, with its gradient. */
function unrolled(steps: number, width = 4, batch = 2): { graph: Graph; feeds: Map<string, Tensor> } {
  const b = newBuilder();
  const x = b.input("x", { dtype: "float32", shape: [batch, steps * width] });
  b.initializer("w", normals([width, width], "w", 0.5), false);
  const parts = b.split(
    b.scale(x, 0.5),
    Array.from({ length: steps }, () => width),
    1,
  );
  let h = parts[0]!;
  const states = parts.map((p) => (h = b.op("Tanh", [b.add(b.op("MatMul", [h, "w"]), p)])));
  const loss = b.reduceSum(b.square(b.concat(states, 1)), [0, 1], false);
  b.outputs.push(loss);
  const { graph } = gradientGraph(b.build("unrolled"), { loss, wrt: ["w"] });
  return { graph, feeds: new Map([["x", normals([batch, steps * width], "x")]]) };
}

/** Executes a plan with the reference evaluator, one piece at a time. */
function execute(plan: Plan, feeds: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const live = new Map<string, Tensor>([...plan.weights, ...feeds]);
  for (const step of plan.steps) {
    const piece = plan.pieces[step.piece]!.graph;
    const out = evaluateGraph(piece, new Map(step.feeds.map(([local, name]) => [local, live.get(name)!])));
    for (const [local, name] of step.fetches) live.set(name, out.get(local)!);
    for (const name of step.free) live.delete(name);
  }
  return unpacked(plan.parts, new Map(plan.outputs.map((o) => [o, live.get(o)!])));
}

describe("plan", () => {
  it("cut in pieces gives bit for bit what the whole graph gives", () => {
    const { graph, feeds } = deepNet(40);
    const whole = evaluateGraph(graph, feeds);
    for (const pieceTarget of [1, 7, 30, 1000]) {
      const plan = planGraph(graph, { wholeLimit: 0, pieceTarget });
      for (const p of plan.pieces) verifyGraph(p.graph);
      const cut = execute(plan, feeds);
      for (const [name, t] of whole) expect(cut.get(name)!.data, `${name} at target ${pieceTarget}`).toEqual(t.data);
    }
  });

  it("with activations computed twice gives the same, and holds less", () => {
    const { graph, feeds } = deepNet(120, 8, 64);
    const whole = evaluateGraph(graph, feeds);
    const plain = planGraph(graph, { wholeLimit: 0, pieceTarget: 12 });
    const lean = planGraph(graph, { lowMemory: true, pieceTarget: 12 });
    expect(lean.steps.length).toBeGreaterThan(1.3 * plain.steps.length);
    const got = execute(lean, feeds);
    for (const [name, t] of whole) expect(got.get(name)!.data, name).toEqual(t.data);
    const weights = [...plain.weights.values()].reduce((n, t) => n + 4 * t.data.length, 0);
    const gradients = weights;
    const [much, little] = [plain, lean].map((p) => planBytes(p, { sessions: true, lowMemory: true })).map((b) => b - weights - gradients);
    expect(little!).toBeLessThan(0.6 * much!);
    expect(peakBytes(graph)).toBeLessThanOrEqual(planBytes(plain, { sessions: true, lowMemory: false }));
  });

  it("shares sessions between equal layers: the pieces of a deep net do not grow with its depth", () => {
    const count = (depth: number): number => planGraph(deepNet(depth).graph, { wholeLimit: 0, pieceTarget: 30 }).pieces.length;
    const [shallow, deep] = [count(120), count(480)];
    expect(planGraph(deepNet(480).graph, { wholeLimit: 0, pieceTarget: 30 }).steps.length).toBeGreaterThan(60);
    expect(deep).toBeLessThanOrEqual(shallow + 2);
  });

  it("cuts an unrolled loop at its steps, also where what it reads and writes at each step lives all along", () => {
    const { graph } = unrolled(300);
    const plan = planGraph(graph, { wholeLimit: 0, pieceTarget: 30 });
    const distinct = plan.pieces.reduce((n, p) => n + p.graph.nodes.length, 0);
    expect(distinct).toBeLessThan(0.4 * graph.nodes.length);
  });

  it("leaves no session of many nodes where a graph is cut, and computes the same", () => {
    const { graph, feeds } = unrolled(900);
    expect(graph.nodes.length).toBeGreaterThan(6000);
    const plan = planGraph(graph);
    for (const p of plan.pieces) expect(p.graph.nodes.length).toBeLessThanOrEqual(2002);
    const whole = evaluateGraph(graph, feeds);
    const cut = execute(plan, feeds);
    for (const [name, t] of whole) expect(cut.get(name)!.data, name).toEqual(t.data);
  });

  it("keeps a small graph whole", () => {
    const plan = planGraph(deepNet(5).graph);
    expect([plan.pieces.length, plan.steps.length]).toEqual([1, 1]);
  });

  it("runs in onnxruntime, cut and whole alike, run after run", async () => {
    const { graph, feeds } = deepNet(40);
    const truth = evaluateGraph(graph, feeds);
    for (const options of [{}, { wholeLimit: 0, pieceTarget: 20 }, { lowMemory: true, pieceTarget: 20 }]) {
      const runtime = nodeRuntime({ ...options, threads: 1 });
      try {
        const executable = await runtime.prepare(graph);
        for (let rerun = 0; rerun < 2; rerun++) {
          const got = await executable.run(feeds);
          for (const [name, t] of truth) {
            const g = got.get(name)!;
            expect(g.shape).toEqual(t.shape);
            let [error, size] = [0, 0];
            t.data.forEach((v, i) => {
              error += (v - g.data[i]!) ** 2;
              size += v * v;
            });
            expect(Math.sqrt(error / size), name).toBeLessThan(2e-5);
          }
        }
      } finally {
        await runtime.close();
      }
    }
  });
});

describe("periodicRanges", () => {
  it("puts whole periods into equal pieces", () => {
    const keys = ["s", ..."abababababab", "e"];
    const runs = periodicRanges(
      keys,
      keys.map(() => 1),
      4,
    );
    expect(runs.map((r) => keys.slice(r.from, r.to).join(""))).toEqual(["s", "abab", "abab", "abab", "e"]);
  });

  it("covers every segment exactly once, whatever the sequence", () => {
    const r = stream(5, "runs");
    for (let trial = 0; trial < 200; trial++) {
      const keys = Array.from({ length: 1 + Math.floor(40 * r.uniform(2 * trial)) }, (_, i) => "abc"[Math.floor(3 * r.uniform(1000 * trial + i))]!);
      const runs = periodicRanges(
        keys,
        keys.map(() => 2),
        7,
      );
      expect(runs.flatMap((x) => keys.slice(x.from, x.to))).toEqual(keys);
      runs.forEach((x, i) => expect(x.from).toBe(i === 0 ? 0 : runs[i - 1]!.to));
    }
  });
});
