import { afterAll, describe, expect, it } from "vitest";
import { sizeOf, tensor } from "../../src/graph/tensor.js";
import type { Graph } from "../../src/graph/graph.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { check as checkModel } from "../../src/study/check.js";
import type { CheckRecord } from "../../src/study/check-record.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import type { Runtime } from "../../src/runtime/runtime.js";
import { openRuntime } from "../../src/runtime/select.js";
import { Net } from "../doctor/support.js";
import { centredShare, everything, examplesOf, meanCosine, modelOf, sumSquares } from "./naive.js";
import { normals, single } from "./subjects.js";

// Numbers at the ends of what the element types hold, and beyond: against what is known by construction.

let native: Promise<Runtime> | undefined;
const runtimeOf = (name: string): Promise<Runtime> =>
  name === "reference" ? Promise.resolve(referenceRuntime()) : (native ??= openRuntime("node", { threads: 1 }));
afterAll(async () => (await native)?.close());

async function check(runtime: string, dtype: "float32" | "float64", graph: Graph, x: Tensor, target?: Tensor): Promise<CheckRecord> {
  return checkModel(modelOf(single(graph)), {
    runtime: await runtimeOf(runtime),
    dtype,
    batches: [new Map([["x", x], ...(target ? ([["target", target]] as const) : [])])],
    loss: { kind: target ? "mse" : "sum" },
    memoryLimit: 2 ** 30,
  });
}

/** A matrix that permutes D features and multiplies them: powers of two stay exact. */
function turned(net: Net, name: string, d: number, factor: number): string {
  return net.weight(name, [d, d], (i) => ((Math.floor(i / d) + 1) % d === i % d ? factor : 0));
}

/**
 * Layers h ← frac(h·W) + ½ (or, where they shrink, h·W + ½), W = factor × permutation, under the sum of the outputs: the forward pass stays between
 * ½ and 3/2 and the gradient at the output of layer l is factor^(L − l) in every element, exactly.
 */
function powers(layers: number, factor: number, d = 3): { readonly graph: Graph; readonly products: readonly string[] } {
  const net = new Net([2, d]);
  const half = net.weight("half", [1], 0.5);
  const products: string[] = [];
  let h = "x";
  for (let l = 0; l < layers; l++) {
    const z = net.op("MatMul", [h, turned(net, `w${l}`, d, factor)]);
    products.push(z);
    h = net.op("Add", [factor > 1 ? net.op("Sub", [z, net.op("Floor", [z])]) : z, half]);
  }
  return { graph: net.graph(h), products };
}

const quarters = (shape: readonly number[]): Tensor =>
  tensor(
    "float32",
    shape,
    Float64Array.from({ length: sizeOf(shape) }, (_, i) => 0.25 + (i % 3) / 4),
  );

for (const [runtime, dtype] of [
  ["reference", "float64"],
  ["node", "float32"],
] as const) {
  describe(`${runtime}, ${dtype}`, () => {
    for (const [name, layers, factor] of [
      ["growth of 10^520", 44, 2 ** 40],
      ["decay of 10^-520", 44, 2 ** -40],
    ] as const) {
      it(name, async () => {
        const { graph, products } = powers(layers, factor);
        const record = await check(runtime, dtype, graph, quarters([2, 3]));
        expect(Math.abs(layers * Math.log10(factor))).toBeGreaterThan(520);
        const digits = dtype === "float64" ? 8 : 3;
        let seen = 0;
        for (const row of record.trunk) {
          const l = products.indexOf(row.value);
          if (l < 0) continue;
          seen++;
          expect(row.lnGradient).toBeCloseTo((layers - 1 - l) * Math.log(factor) + 0.5 * Math.log(6), digits);
        }
        expect(seen).toBeGreaterThan(layers / 2);
        expect(record.trunk[0]!.lnGradient).toBeCloseTo(layers * Math.log(factor) + 0.5 * Math.log(6), digits);
        expect(record.nonFinite).toBeNull();
        expect(record.verdict).toBe(factor > 1 ? "exploding" : "vanishing");
        // The first weight's gradient is x, summed over the batch, times the growth behind it.
        const x = quarters([2, 3]);
        const columns = [0, 1, 2].map((j) => x.data[j]! + x.data[3 + j]!);
        const own = record.parameters.find((p) => p.name === "w0")!;
        expect(own.lnGradient).toBeCloseTo(0.5 * Math.log(3 * sumSquares(columns)) + (layers - 1) * Math.log(factor), digits);
        expect(own.lostFloat16).toBe(factor > 1 ? 0 : 1);
        expect(own.lostBfloat16).toBe(factor > 1 ? 0 : 1);
        // A scale beyond a double is told by its logarithm; it brings the largest element below float16's limit, with room of at most 16·2.
        const { lossScale, lnLossScale } = record.precision!;
        if (factor > 1) expect(lossScale).toBeNull();
        else expect(Math.log(lossScale!)).toBeCloseTo(lnLossScale!, 9);
        const largest = Math.max(...record.parameters.map((p) => p.lnGradient!));
        expect(lnLossScale! + largest).toBeGreaterThan(Math.log(65504 / 32));
        expect(lnLossScale! + largest).toBeLessThan(Math.log(65504 / 16) + Math.log(3));
      });
    }

    for (const [name, factor] of [
      ["activations whose squares underflow float32", 1e-27],
      ["activations whose squares overflow float32", 1e27],
    ] as const) {
      it(name, async () => {
        const net = new Net([4, 5], 3);
        const small = net.linear("x", "down", 5, 5);
        const same = net.linear(small, "flat", 5, 5);
        const back = net.times(same, "up", 1 / factor);
        const y = net.linear(net.tanh(back), "head", 5, 3);
        const x = normals(3, "x", [4, 5], factor);
        const record = await check(runtime, dtype, net.graph(y), x, normals(3, "t", [4, 3]));
        // The same by loops, in units of the factor.
        const w = net.weights.get("down.weight")!;
        const rows = Array.from({ length: 4 }, (_, e) =>
          Array.from({ length: 5 }, (_u, j) => [0, 1, 2, 3, 4].reduce((s, k) => s + (x.data[e * 5 + k]! / factor) * w.data[k * 5 + j]!, 0)),
        );
        const row = record.trunk.find((r) => r.value === small)!;
        expect(row.lnActivation).toBeCloseTo(0.5 * Math.log(sumSquares(rows.flat()) / 20) + Math.log(factor), 4);
        expect(row.cosine).toBeCloseTo(meanCosine(rows)!, 4);
        expect(row.centredShare).toBeCloseTo(centredShare(rows)!, 4);
        const input = record.trunk[0]!;
        expect(input.cosine).toBeCloseTo(meanCosine(examplesOf(x, 4))!, 4);
        // dW = xᵀḡ of the second layer is as small as x times what comes back, which is as large as 1/factor.
        for (const r of [input, row]) expect(Math.abs(r.lnGradient! + Math.log(factor))).toBeLessThan(10);
        for (const p of record.parameters) expect(Number.isFinite(p.lnGradient), p.name).toBe(true);
        expect(record.nonFinite).toBeNull();
      });
    }

    it("names the node, the ranges and the example of an overflow in one example, forward", async () => {
      const net = new Net([4, 3], 5);
      const h = net.linear("x", "a", 3, 3);
      const exp = net.op("Exp", [net.times(h, "gain", 100)], {}, "/blow/Exp");
      const y = net.linear(net.tanh(exp), "b", 3, 2);
      const x = normals(5, "x", [4, 3], 0.3);
      x.data.set([9, 9, -9], 6);
      const record = await check(runtime, dtype, net.graph(y), x, normals(5, "t", [4, 2]));
      const w = net.weights.get("a.weight")!;
      const z = Array.from({ length: 12 }, (_, i) =>
        [0, 1, 2].reduce((s, k) => s + 100 * x.data[3 * Math.floor(i / 3) + k]! * Math.fround(w.data[3 * k + (i % 3)]!), 0),
      );
      expect(record.nonFinite).toMatchObject({ direction: "forward", node: "/blow/Exp", op: "Exp", example: 2, kind: "infinity", elements: 12 });
      const limit = dtype === "float32" ? 88.73 : 709.8;
      expect(record.nonFinite!.count).toBe(z.filter((v) => v > limit).length);
      const [operand] = record.nonFinite!.operands;
      expect(operand!.low / Math.min(...z)).toBeCloseTo(1, 4);
      expect(operand!.high / Math.max(...z)).toBeCloseTo(1, 4);
      expect(record.findings.some((f) => f.rule === "non-finite-forward" && f.where.includes("blow"))).toBe(true);
    });

    it("names the node and the example of a gradient that is not finite, backward", async () => {
      const net = new Net([4, 3], 6);
      const h = net.op("Mul", [net.linear("x", "a", 3, 3), net.linear("x", "c", 3, 3)]);
      const root = net.op("Sqrt", [net.op("Abs", [h])], {}, "/root/Sqrt");
      const y = net.linear(root, "b", 3, 2);
      const x = normals(6, "x", [4, 3]);
      x.data.fill(0, 3, 6);
      const record = await check(runtime, dtype, net.graph(y), x, normals(6, "t", [4, 2]));
      expect(record.nonFinite).toMatchObject({ direction: "backward", node: "/root/Sqrt", example: 1 });
      expect(record.findings.some((f) => f.rule === "non-finite-backward")).toBe(true);
      expect(record.trunk.every((r) => Number.isFinite(r.lnActivation))).toBe(true);
    });

    it("refuses an infinite input, and takes an example of zeros for one that says nothing", async () => {
      const net = new Net([3, 3], 7);
      const y = net.linear(net.relu(net.linear("x", "a", 3, 4)), "b", 4, 2);
      const x = normals(7, "x", [3, 3]);
      x.data.fill(0, 0, 3);
      const fine = await check(runtime, dtype, net.graph(y), x, normals(7, "t", [3, 2]));
      expect(fine.nonFinite).toBeNull();
      expect(fine.trunk.every((r) => r.lnGradient === null || Number.isFinite(r.lnGradient))).toBe(true);
      x.data[4] = Infinity;
      await expect(check(runtime, dtype, net.graph(y), x, normals(7, "t", [3, 2]))).rejects.toThrow(/holds infinity .* at element 4/);
    });

    it("is silent about a network of zeros", async () => {
      const net = new Net([3, 3], 8);
      const y = net.op("MatMul", [net.relu(net.op("MatMul", ["x", net.weight("a", [3, 3], 0)])), net.weight("b", [3, 2], 0)]);
      const record = await check(runtime, dtype, net.graph(y), normals(8, "x", [3, 3]), normals(8, "t", [3, 2]));
      expect(record.nonFinite).toBeNull();
      expect(record.trunk[0]!.lnGradient).toBe(-Infinity);
      expect(record.blocks.every((b) => b.lnGain === null || b.lnGain === -Infinity)).toBe(true);
      expect(record.units[0]!.dead).toBe(1);
    });
  });
}

it("the update ratio is that of a step of plain gradient descent", async () => {
  const net = new Net([4, 3], 9);
  const graph = net.graph(net.linear(net.tanh(net.linear("x", "a", 3, 4)), "b", 4, 2));
  const [x, target] = [normals(9, "x", [4, 3]), normals(9, "t", [4, 2])];
  const given = {
    runtime: referenceRuntime(),
    dtype: "float64",
    batches: [
      new Map([
        ["x", x],
        ["target", target],
      ]),
    ],
    memoryLimit: 2 ** 30,
  } as const;
  const record = await checkModel(modelOf(single(graph)), { ...given, learningRate: 0.3 });
  const { cotangents, values } = everything(single(graph), new Map([["x", x]]), target);
  for (const p of record.parameters) {
    const [w, g] = [values.get(p.name)!, cotangents.get(p.name)!].map((t) => Array.from(t.data));
    const moved = w!.map((v, i) => v - 0.3 * g![i]!);
    const step = sumSquares(moved.map((v, i) => v - w![i]!));
    expect(p.lnUpdateRatio!).toBeCloseTo(0.5 * Math.log(step / sumSquares(w!)), 9);
  }
  expect(record.parameters).toHaveLength(2);
  const without = await checkModel(modelOf(single(graph)), given);
  expect(without.parameters.map((p) => p.lnUpdateRatio)).toEqual([null, null]);
});
