import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { tensor } from "../../src/graph/tensor.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { buildNet } from "../../src/nn/build.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { bind } from "../../src/passes/bind.js";
import { differential, rowsMix } from "../../src/probe/differential.js";
import type { Differential, Point } from "../../src/probe/differential.js";
import { allSingularValues, jacobianOfBatch, jacobianOfExample, largestSingularValues, wholeMatrix } from "../../src/probe/jacobian.js";
import type { LinearMap } from "../../src/probe/jacobian.js";
import { referenceRuntime } from "../../src/runtime/reference.js";
import { lnSingularValues } from "../../src/math/singular-values.js";
import { normals } from "./subjects.js";

const tools = { runtime: referenceRuntime(), memoryLimit: 1e9 };

interface Truth {
  readonly name: string;
  readonly spec: NetSpec;
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly input: readonly number[][];
  readonly output: readonly number[][];
  readonly singular: readonly number[];
}
const { nets, matrices } = JSON.parse(readFileSync(new URL("../fixtures/jacobian.json", import.meta.url), "utf8")) as {
  readonly nets: readonly Truth[];
  readonly matrices: readonly { readonly name: string; readonly rows: readonly number[][]; readonly singular: readonly number[] }[];
};

/** A bound network, its derivative, and a point with these weights. */
function subject(
  spec: NetSpec,
  x: Tensor,
  weights: Readonly<Record<string, readonly number[]>> = {},
): { readonly d: Differential; readonly at: Point } {
  const { graph } = bind(buildNet({ ...spec, batch: x.shape[0]!, dtype: "float64" }), { maxBytes: 1e9 });
  const own = new Map(
    Object.entries(weights).map(([name, values]) => {
      expect(graph.initializers.has(name), name).toBe(true);
      return [name, tensor("float64", graph.initializers.get(name)!.shape, values)];
    }),
  );
  return { d: differential(graph, graph.outputs[0]!, tools), at: { inputs: new Map([["input", x]]), weights: own } };
}

/** The Jacobian of f by central differences. */
async function byDifferences(d: Differential, at: Point, step = 1e-6): Promise<number[][]> {
  const x = at.inputs.get(d.input)!;
  const columns: number[][] = [];
  for (let i = 0; i < x.data.length; i++) {
    const moved = async (by: number): Promise<ArrayLike<number>> => {
      const data = Float64Array.from(x.data, (v, j) => (i === j ? v + by : v));
      return d.value({ ...at, inputs: new Map(at.inputs).set(d.input, { ...x, data }) });
    };
    const [up, down] = [await moved(step), await moved(-step)];
    columns.push(Array.from(up, (v, j) => (v - down[j]!) / (2 * step)));
  }
  return columns[0]!.map((_, r) => columns.map((c) => c[r]!));
}

describe("against PyTorch", () => {
  it.each(nets.map((n) => [n.name, n] as const))("%s", async (_, truth) => {
    const x = tensor("float64", [truth.input.length, truth.input[0]!.length], truth.input.flat());
    const { d, at } = subject(truth.spec, x, truth.weights);
    (await d.value(at)).forEach((v, i) => expect(v).toBeCloseTo(truth.output.flat()[i]!, 9));
    const mixes = await rowsMix(d, at);
    expect(mixes).toBe(truth.spec["norm"] === "batch");
    const map = mixes ? jacobianOfBatch(d, at) : jacobianOfExample(d, at);
    const all = await allSingularValues(map, 2 ** -52);
    const largest = await largestSingularValues(map, { count: 3, seed: 5 });
    expect(all.ln.length).toBe(truth.singular.length);
    truth.singular.forEach((s, i) => (s > 1e-8 * truth.singular[0]! ? expect(all.ln[i]).toBeCloseTo(Math.log(s), 7) : undefined));
    expect(all.lnFrobenius).toBeCloseTo(0.5 * Math.log(truth.singular.reduce((t, s) => t + s * s, 0)), 10);
    expect(largest.converged).toBe(true);
    largest.ln.forEach((v, i) => expect(v).toBeCloseTo(Math.log(truth.singular[i]!), 6));
  });
});

describe("a network's derivative", () => {
  const spec = { arch: "residual-mlp", depth: 3, width: 4, activation: "tanh", branch: "weight-act-weight", norm: "layer", classes: 3 } as const;

  it("is what central differences give, forwards and backwards", async () => {
    const { d, at } = subject(spec, normals(4, "x", [3, 4], 1, "float64"));
    expect(await rowsMix(d, at)).toBe(false);
    const naive = await byDifferences(d, at);
    const rows = await wholeMatrix(jacobianOfBatch(d, at));
    naive.forEach((row, r) => row.forEach((v, c) => expect(rows[r]![c]).toBeCloseTo(v, 7)));
    const map = jacobianOfBatch(d, at);
    for (let c = 0; c < map.from; c++) {
      const [column] = await map.apply([Float64Array.from({ length: map.from }, (_, i) => (i === c ? 1 : 0))]);
      naive.forEach((row, r) => expect(column![r]).toBeCloseTo(row[c]!, 7));
    }
    // The second example's own Jacobian is the diagonal block.
    const own = await wholeMatrix(jacobianOfExample(d, at, 1));
    own.forEach((row, r) => row.forEach((v, c) => expect(v).toBeCloseTo(naive[3 + r]![4 + c]!, 7)));
    await d.dispose();
  });

  it("is zero, and said to be, where the output does not depend on the input", async () => {
    const { d, at } = subject({ arch: "mlp", depth: 2, width: 4, classes: null, init: { weightVariance: 0 } }, normals(1, "x", [2, 4], 1, "float64"));
    expect((await allSingularValues(jacobianOfExample(d, at), 2 ** -52)).ln).toEqual([-Infinity, -Infinity, -Infinity, -Infinity]);
    expect(await largestSingularValues(jacobianOfExample(d, at), { count: 1, seed: 1 })).toMatchObject({ ln: [-Infinity], converged: true });
  });

  it("of orthogonal linear layers has all singular values 1", async () => {
    const net = { arch: "mlp", depth: 12, width: 10, classes: null, activation: "identity", init: "orthogonal" };
    const { d, at } = subject(net, normals(2, "x", [4, 10], 1, "float64"));
    const { ln } = await allSingularValues(jacobianOfExample(d, at), 2 ** -52);
    expect(ln.length).toBe(10);
    for (const v of ln) expect(v).toBeCloseTo(0, 12);
    const largest = await largestSingularValues(jacobianOfExample(d, at), { count: 2, seed: 1 });
    expect(largest.converged).toBe(true);
    for (const v of largest.ln) expect(v).toBeCloseTo(0, 10);
  });

  it("that has grown by 10³⁰ and more is reported, not overflowed", async () => {
    for (const [variance, layers] of [
      [100, 30],
      [1e-4, 40],
      [1e8, 36],
    ] as const) {
      // prettier-ignore
      const net = { arch: "mlp", depth: layers, width: 6, classes: null, activation: "identity", init: { scheme: "orthogonal", weightVariance: variance } };
      const { d, at } = subject(net, normals(2, "x", [1, 6], 1, "float64"));
      const expected = (layers / 2) * Math.log(variance);
      for (const v of (await allSingularValues(jacobianOfExample(d, at), 2 ** -52)).ln) expect(v).toBeCloseTo(expected, 9);
      expect((await largestSingularValues(jacobianOfExample(d, at), { count: 1, seed: 1 })).ln[0]).toBeCloseTo(expected, 9);
    }
  });
});

describe("block bidiagonalisation", () => {
  const mapOf = (rows: readonly (readonly number[])[], vectorsPerCall: number): LinearMap => ({
    from: rows[0]!.length,
    to: rows.length,
    vectorsPerCall,
    apply: (vs) => Promise.resolve(vs.map((v) => Float64Array.from(rows, (r) => r.reduce((s, a, i) => s + a * v[i]!, 0)))),
    applyTranspose: (us) => Promise.resolve(us.map((u) => Float64Array.from(rows[0]!, (_, c) => rows.reduce((s, r, i) => s + r[c]! * u[i]!, 0)))),
  });

  it.each(matrices.flatMap((m) => [1, 3, 16].map((block) => [m.name, block, m] as const)))("%s, %i at a time", async (_, block, m) => {
    const { ln, converged } = await largestSingularValues(mapOf(m.rows, block), { count: 2, seed: 1 });
    expect(converged).toBe(true);
    ln.forEach((v, i) => expect(v).toBeCloseTo(Math.log(m.singular[i]!), 6));
  });

  it("finds the edge of a large matrix in few products", async () => {
    const [n, block] = [160, 8];
    const draw = normals(8, "large", [n, n], 1 / Math.sqrt(n), "float64").data;
    const rows = Array.from({ length: n }, (_, i) => Array.from(draw.subarray(i * n, (i + 1) * n)));
    const inner = mapOf(rows, block);
    let products = 0;
    const counted = { ...inner, apply: (vs: readonly Float64Array[]) => (products++, inner.apply(vs)) };
    const { ln, converged } = await largestSingularValues(counted, { count: 1, seed: 3, tolerance: 1e-6 });
    expect(converged).toBe(true);
    expect(ln[0]).toBeCloseTo(lnSingularValues(rows.map((r) => Float64Array.from(r)))[0]!, 5);
    expect(products).toBeLessThan(n / block);
  });

  it("is content with fewer where the map has a lower rank", async () => {
    const rows = [[1, 2, 3, 4], [2, 4, 6, 8], [-1, -2, -3, -4]]; // prettier-ignore
    const { ln, converged } = await largestSingularValues(mapOf(rows, 2), { count: 2, seed: 1 });
    expect(converged).toBe(true);
    expect(ln[0]).toBeCloseTo(Math.log(Math.sqrt(30 * 6)), 10);
    expect(ln[1]).toBeNull();
  });
});
