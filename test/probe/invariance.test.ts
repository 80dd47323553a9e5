import { afterAll, describe, expect, it } from "vitest";
import { gradient } from "../../src/autodiff/network.js";
import type { Graph, Model } from "../../src/graph/graph.js";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { DType, Tensor } from "../../src/graph/tensor.js";
import { bind } from "../../src/passes/bind.js";
import type { CheckRecord, TrunkRow } from "../../src/study/check-record.js";
import { check as checkModel } from "../../src/study/check.js";
import { evaluateGraph } from "../../src/runtime/evaluate.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import type { Runtime } from "../../src/runtime/runtime.js";
import { openRuntime } from "../../src/runtime/select.js";
import { stream } from "../../src/util/random.js";
import { Net } from "../doctor/support.js";

// What must not change the figures, and what must change them in a known way: science's properties of the gradient scale coefficient (§1) and of
// the verdict (§2), on whole check-ups.

const runtimes: Runtime[] = [];
let native: Promise<Runtime> | undefined;
const node = (): Promise<Runtime> => (native ??= openRuntime("node", { threads: 1 }).then((r) => (runtimes.push(r), r)));
afterAll(() => Promise.all(runtimes.map((r) => r.close())));

const normal = (name: string, shape: readonly number[], seed: number): Tensor => {
  const random = stream(seed, name);
  return tensor(
    "float64",
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => random.normal(i)),
  );
};

/** The graph with every float64 as float32. */
function narrowed(graph: Graph): Graph {
  const narrow = (d: DType): DType => (d === "float64" ? "float32" : d);
  return {
    ...graph,
    inputs: graph.inputs.map((i) => ({ ...i, dtype: narrow(i.dtype) })),
    initializers: new Map([...graph.initializers].map(([k, t]) => [k, t.dtype === "float64" ? tensor("float32", t.shape, t.data) : t])),
  };
}

const modelOf = (graph: Graph): Model => ({ graph, name: "net.onnx", opset: 20, producer: "" });

interface Run {
  readonly dtype?: "float32" | "float64";
  readonly seed?: number;
  readonly x?: Tensor;
  readonly loss?: Parameters<typeof checkModel>[1]["loss"];
}

/** A check-up of a graph with the input "x": in float64 by the reference, in float32 by onnxruntime. */
async function check(
  graph: Graph,
  { dtype = "float64", seed = 1, x = normal("x", graph.inputs[0]!.shape as number[], seed), loss = "none" }: Run = {},
): Promise<CheckRecord> {
  const single = dtype === "float32";
  return checkModel(modelOf(single ? narrowed(graph) : graph), {
    runtime: single ? await node() : referenceRuntime(),
    batches: [new Map([["x", x]])],
    loss,
    seed,
    memoryLimit: 2 ** 32,
  });
}

/** Ends a network with a loss of its own, `scale` times the mean squared distance to a constant target. */
function withLoss(net: Net, y: string, shape: readonly number[], scale: number): Graph {
  const off = net.op("Sub", [y, net.normal("target", shape, 1)]);
  const loss = net.op("ReduceMean", [net.op("Mul", [off, off])], { keepdims: 0 });
  return net.graph(net.op("Mul", [loss, net.weight("scale", [], scale)]));
}

const own = (g: Graph): { kind: "output"; name: string } => ({ kind: "output", name: g.outputs[0]! });
const row = (r: CheckRecord, value: string): TrunkRow => r.trunk.find((t) => t.value === value)!;

/** Networks with a loss of their own, multiplied by `scale`. */
const NETWORKS: Readonly<Record<string, (scale: number) => Graph>> = {
  healthy: (scale) => perceptron(scale, 20, 32, "relu", 2),
  "exploding by units": (scale) => perceptron(scale, 20, 32, "relu", 4),
  "exploding by dynamics": (scale) => perceptron(scale, 40, 48, "tanh", 9),
  vanishing: (scale) => perceptron(scale, 24, 32, "relu", 0.7),
  "pre-norm residual": (scale) => {
    const net = new Net([12, 32], 3);
    let x = net.linear("x", "stem", 32, 32, 1);
    for (let i = 0; i < 16; i++) x = net.add(x, net.linear(net.relu(net.layerNorm(x, `b${i}.norm`, 32)), `b${i}.fc`, 32, 32));
    return withLoss(net, net.linear(x, "head", 32, 10, 1), [12, 10], scale);
  },
  "batch norm": (scale) => {
    const net = new Net([12, 32], 4);
    let x = "x";
    for (let i = 0; i < 16; i++) x = net.relu(net.batchNorm(net.linear(x, `b${i}.fc`, 32, 32), `b${i}.norm`, 32));
    return withLoss(net, net.linear(x, "head", 32, 10, 1), [12, 10], scale);
  },
};

function perceptron(scale: number, depth: number, width: number, act: "relu" | "tanh", variance: number): Graph {
  const net = new Net([12, width], 2);
  let x = "x";
  for (let i = 0; i < depth; i++) x = net[act](net.linear(x, `layers.${i}`, width, width, variance));
  return withLoss(net, net.linear(x, "head", width, 10, 1), [12, 10], scale);
}

/** Check-ups of the networks as they are, shared by the tests. */
const unscaled = new Map<string, Promise<CheckRecord>>();
function asItIs(name: string, dtype: "float32" | "float64"): Promise<CheckRecord> {
  const key = `${name}/${dtype}`;
  const graph = NETWORKS[name]!(1);
  let found = unscaled.get(key);
  if (!found) unscaled.set(key, (found = check(graph, { dtype, loss: own(graph) })));
  return found;
}

const grave = (r: CheckRecord): readonly string[] => r.findings.filter((f) => f.severity !== "info").map((f) => `${f.rule} at ${f.where}`);

describe.each(Object.keys(NETWORKS))("the loss of the %s network multiplied", (name) => {
  const graph = NETWORKS[name]!;
  it.each([
    ["float64", 65536],
    ["float64", 1e-6],
    ["float32", 65536],
    ["float32", 1e-6],
  ] as const)("in %s by %f changes lnGradient by its logarithm and nothing else", async (dtype, scale) => {
    const tolerance = dtype === "float64" ? 1e-11 : 2e-5;
    const [before, after] = [await asItIs(name, dtype), await check(graph(scale), { dtype, loss: own(graph(scale)) })];
    expect(after.loss! / before.loss! / scale).toBeCloseTo(1, 5);
    expect(after.trunk.length).toBe(before.trunk.length);
    after.trunk.slice(0, -1).forEach((t, i) => {
      const b = before.trunk[i]!;
      expect(Math.abs(t.lnGradient! - b.lnGradient! - Math.log(scale)), t.value).toBeLessThan(tolerance);
      expect(Math.abs(t.lnActivation! - b.lnActivation!), t.value).toBeLessThan(tolerance);
      expect(Math.abs(t.lnScaleFree! - b.lnScaleFree!), t.value).toBeLessThan(tolerance);
    });
    expect([after.verdict, after.cause, after.law]).toEqual([before.verdict, before.cause, before.law]);
    for (const which of ["gradient", "scaleFree"] as const) {
      for (const key of ["perBlock", "low", "high"] as const) {
        const [g, h] = [after.growth[which][key], before.growth[which][key]];
        expect(g === null).toBe(h === null);
        if (g !== null) expect(Math.abs(g / h! - 1), `${which}.${key}`).toBeLessThan(100 * tolerance);
      }
      expect(after.growth[which].over).toBe(before.growth[which].over);
    }
    expect(grave(after)).toEqual(grave(before));
  });

  it("has the verdict of its name", async () => {
    const r = await asItIs(name, "float64");
    const expected = name.startsWith("exploding") ? "exploding" : name === "vanishing" ? "vanishing" : name === "batch norm" ? undefined : "healthy";
    if (expected) expect(r.verdict).toBe(expected);
    if (name === "exploding by units") expect(r.cause).toBe("units");
    if (name === "exploding by dynamics") expect(r.cause).toBe("dynamics");
  });
});

describe("the gradient scale coefficient", () => {
  it.each([64, 0.01, 1e5])("does not see a ReLU layer multiplied by %f and the next divided by it", async (c) => {
    const build = (factor: number): { graph: Graph; inner: readonly string[]; outer: readonly string[] } => {
      const net = new Net([10, 24], 5);
      const inner: string[] = [];
      const outer: string[] = [];
      let x = "x";
      for (let i = 0; i < 8; i++) {
        x = net.linear(x, `layers.${i}`, 24, 24);
        const w = net.weights.get(`layers.${i}.weight`)!;
        if (i === 3) w.data.forEach((v, k) => (w.data[k] = v * factor));
        if (i === 4) w.data.forEach((v, k) => (w.data[k] = v / factor));
        (i === 3 ? inner : outer).push(x);
        x = net.relu(x);
        (i === 3 ? inner : outer).push(x);
      }
      return { graph: net.graph(x), inner, outer };
    };
    const [plain, scaled] = [build(1), build(c)];
    const [a, b] = [await check(plain.graph), await check(scaled.graph)];
    b.trunk.forEach((t, i) => expect(Math.abs(t.lnScaleFree! - a.trunk[i]!.lnScaleFree!), t.value).toBeLessThan(1e-10));
    for (const v of scaled.inner) {
      expect(row(b, v).lnGradient! - row(a, v).lnGradient!).toBeCloseTo(-Math.log(c), 9);
      expect(row(b, v).lnActivation! - row(a, v).lnActivation!).toBeCloseTo(Math.log(c), 9);
    }
    for (const v of scaled.outer) expect(row(b, v).lnGradient!).toBeCloseTo(row(a, v).lnGradient!, 9);
    // The raw profile decides: it has a step now, which the cause puts down to units.
    expect(a.verdict).toBe("healthy");
    if (c > 1e4) expect([b.verdict, b.cause]).toEqual(["mixed", "units"]);
    expect(b.growth.scaleFree.perBlock! / a.growth.scaleFree.perBlock!).toBeCloseTo(1, 9);
  });

  /** Means over seeds of ln of the squared coefficient's ratio between values, their standard errors, and the means of what a mean over the gradient's elements would give. */
  async function ratios(
    seeds: number,
    shape: readonly number[],
    build: (net: Net) => readonly string[],
  ): Promise<readonly { readonly mean: number; readonly error: number; readonly naive: number }[]> {
    const logs: number[][] = [];
    let naive: readonly number[] = [];
    for (let seed = 1; seed <= seeds; seed++) {
      const net = new Net(shape, seed);
      const values = build(net);
      const graph = net.graph(values[values.length - 1]!);
      const r = await check(graph, { seed });
      logs.push(values.slice(1).map((v, i) => 2 * (row(r, values[i]!).lnScaleFree! - row(r, v).lnScaleFree!)));
      const { types } = bind(modelOf(graph)).graph;
      naive = values.slice(1).map((v, i) => Math.log(sizeOf(types.get(v)!.shape) / sizeOf(types.get(values[i]!)!.shape)));
    }
    return naive.map((shift, k) => {
      const mean = logs.reduce((s, l) => s + l[k]!, 0) / seeds;
      const error = Math.sqrt(logs.reduce((s, l) => s + (l[k]! - mean) ** 2, 0) / (seeds - 1) / seeds);
      return { mean, error, naive: mean + shift };
    });
  }

  // Mean over seeds within 4 standard errors of 0, and .03 for the finite width n: ln E = E ln + variance/2, about 5/(2n) a layer (Hanin 2018).
  it("keeps to 1 through He layers 100 → 1600 → 100, where a mean over the gradient would show a 16-fold dip", async () => {
    const [up, down] = await ratios(12, [4, 100], (net) => {
      const from = net.linear("x", "stem", 100, 100, 1);
      const wide = net.linear(net.relu(from), "wide", 100, 1600);
      return [from, wide, net.linear(net.relu(wide), "narrow", 1600, 100)];
    });
    for (const { mean, error } of [up!, down!]) {
      expect(error).toBeLessThan(0.05);
      expect(Math.abs(mean)).toBeLessThan(4 * error + 0.03);
    }
    expect(Math.abs(up!.naive - Math.log(16))).toBeLessThan(4 * up!.error + 0.03);
    expect(Math.abs(down!.naive + Math.log(16))).toBeLessThan(4 * down!.error + 0.03);
  });

  it("keeps to 1 through a convolution of stride 2 with circular padding", async () => {
    const [through] = await ratios(16, [2, 8, 10, 10], (net) => {
      const from = net.op("Conv", ["x", net.normal("stem.weight", [16, 8, 1, 1], Math.sqrt(1 / 8))], { kernel_shape: [1, 1] });
      const padded = net.op("Pad", [net.relu(from), net.ints("pads", [0, 0, 1, 1, 0, 0, 1, 1])], { mode: "wrap" });
      const w = net.normal("down.weight", [24, 16, 3, 3], Math.sqrt(2 / (9 * 16)));
      return [from, net.op("Conv", [padded, w], { kernel_shape: [3, 3], strides: [2, 2], pads: [0, 0, 0, 0] })];
    });
    const { mean, error } = through!;
    expect(error).toBeLessThan(0.05);
    expect(Math.abs(mean)).toBeLessThan(4 * error + 0.03);
  });
});

describe("a network trained to convergence", () => {
  /** Eight ReLU layers, width 24, on eight examples of random data, trained by Adam with a falling rate on our own gradient. */
  function trained(): { readonly before: Graph; readonly after: Graph; readonly losses: readonly number[] } {
    const net = new Net([8, 24], 6);
    let x = "x";
    for (let i = 0; i < 8; i++) x = net.relu(net.linear(x, `layers.${i}`, 24, 24));
    const before = withLoss(net, net.linear(x, "head", 24, 4, 1), [8, 4], 1);
    const { graph, grads, loss } = gradient(bind(modelOf(before)), { loss: own(before) });
    const names = [...grads.keys()].filter((n) => n.endsWith("weight"));
    const weights = new Map(names.map((n) => [n, Float64Array.from(before.initializers.get(n)!.data)]));
    const [first, second] = [0, 1].map(() => new Map(names.map((n) => [n, new Float64Array(weights.get(n)!.length)])));
    const feeds = new Map([["x", normal("x", [8, 24], 6)]]);
    const put = (g: Graph): Graph => ({
      ...g,
      initializers: new Map(
        [...g.initializers].map(([n, t]) => [n, weights.has(n) ? tensor("float64", t.shape, Float64Array.from(weights.get(n)!)) : t]),
      ),
    });
    const losses: number[] = [];
    const steps = 500;
    for (let step = 1; step <= steps; step++) {
      const values = evaluateGraph(put(graph), feeds);
      losses.push(values.get(loss)!.data[0]!);
      const rate = 2e-3 * 10 ** ((-2 * step) / steps);
      for (const n of names) {
        const [w, m, v, g] = [weights.get(n)!, first!.get(n)!, second!.get(n)!, values.get(grads.get(n)!)!.data];
        for (let i = 0; i < w.length; i++) {
          m[i] = 0.9 * m[i]! + 0.1 * g[i]!;
          v[i] = 0.99 * v[i]! + 0.01 * g[i]! ** 2;
          w[i]! -= (rate * (m[i]! / (1 - 0.9 ** step))) / (Math.sqrt(v[i]! / (1 - 0.99 ** step)) + 1e-12);
        }
      }
    }
    return { before, after: put(before), losses };
  }

  it("has hardly any gradient left, and is as healthy as before", async () => {
    const { before, after, losses } = trained();
    expect(losses[0]!).toBeGreaterThan(1);
    expect(losses[losses.length - 1]!).toBeLessThan(1e-7);
    const x = normal("x", [8, 24], 6);
    for (const dtype of ["float64", "float32"] as const) {
      const [a, b] = [await check(before, { dtype, x, loss: own(before) }), await check(after, { dtype, x, loss: own(after) })];
      // Rounding the weights to float32 moves them away from the minimum again.
      expect(b.trunk[0]!.lnGradient! - a.trunk[0]!.lnGradient!).toBeLessThan(Math.log(dtype === "float64" ? 1e-4 : 1e-3));
      expect([a.verdict, b.verdict]).toEqual(["healthy", "healthy"]);
      expect([grave(a), grave(b)]).toEqual([[], []]);
    }
  });
});

describe("growth beyond every number", () => {
  // The body is all but the first and the last layer: 600 blocks.
  const [LAYERS, GAIN, EXAMPLES] = [602, Math.fround(7.36), 4];

  /** Linear layers that permute four units: two keep what they hold, two multiply it by the gain. The input is zero where it would grow. */
  function permuted(): { readonly graph: Graph; readonly x: Tensor } {
    const net = new Net([EXAMPLES, 4], 8);
    const random = stream(8, "permutations");
    let place = [0, 1, 2, 3];
    const x = tensor(
      "float64",
      [EXAMPLES, 4],
      [0, 1, 2, 3].flatMap((e) => [0.5 + e, -1.25, 0, 0]),
    );
    let h = "x";
    for (let l = 0; l < LAYERS; l++) {
      const order = [0, 1, 2, 3].sort((p, q) => random.uniform(4 * l + p) - random.uniform(4 * l + q));
      const w = new Float64Array(16);
      place.forEach((at, unit) => (w[at * 4 + order[unit]!] = unit < 2 ? 1 : GAIN));
      place = order;
      h = net.op("MatMul", [h, net.weight(`layers.${l}.weight`, [4, 4], (i) => w[i]!)]);
    }
    return { graph: net.graph(h), x };
  }

  it.each(["float64", "float32"] as const)("10^520 over 600 linear layers is reported as such in %s", async (dtype) => {
    const { graph, x } = permuted();
    const r = await check(graph, { dtype, x, loss: { kind: "sum" } });
    // d(sum)/dh_l: 1 for the two units that keep, GAIN^(L−l) for the two that grow, in each example.
    expect(r.trunk.length).toBe(LAYERS + 1);
    for (const t of r.trunk) {
      const left = (LAYERS - t.depth) * Math.log(GAIN);
      const exact = 0.5 * Math.log(2 * EXAMPLES) + left + 0.5 * Math.log1p(Math.exp(-2 * left));
      expect(Math.abs(t.lnGradient! - exact), t.value).toBeLessThan(dtype === "float64" ? 1e-9 : 1e-4);
      expect(t.lnActivation!).toBeCloseTo(r.trunk[0]!.lnActivation!, 5);
    }
    expect(r.verdict).toBe("exploding");
    expect(r.sentence).toContain("10^520");
  });
});
