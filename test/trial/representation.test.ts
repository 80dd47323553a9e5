import { afterAll, describe, expect, it } from "vitest";
import { weightsOf } from "../../src/nn/build.js";
import { effectiveRank, linearCka, spaced } from "../../src/probe/representation.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import { blockFit } from "../../src/trial/measurements/block-fit.js";
import { representation } from "../../src/trial/measurements/representation.js";
import { parseTrial } from "../../src/trial/spec.js";
import type { TrialRequest } from "../../src/trial/spec.js";
import { workbench } from "../../src/trial/workbench.js";
import { leastSquares } from "../../src/math/least-squares.js";
import { stream } from "../../src/util/random.js";
import { lnSingularValues } from "../../src/math/singular-values.js";

const runtime = nodeRuntime({ threads: 1, inThread: true });
const bench = workbench({ runtime, memoryLimit: 4e9 });
afterAll(async () => {
  await bench.close();
  await runtime.close();
});
const measured = async (request: TrialRequest): Promise<unknown> => JSON.parse(await bench.measure(parseTrial({ dtype: "float64", ...request })));

type Rows = readonly (readonly number[])[];
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((s, v, i) => s + v * b[i]!, 0);
const gramOf = (x: Rows): Float64Array[] => x.map((a) => Float64Array.from(x, (b) => dot(a, b)));
const times = (x: Rows, w: Rows): number[][] => x.map((row) => w.map((o) => dot(o, row)));
const relu = (x: Rows): number[][] => x.map((row) => row.map((v) => Math.max(0, v)));
const without = (x: Rows): number[][] => {
  const mean = x[0]!.map((_, k) => x.reduce((s, row) => s + row[k]!, 0) / x.length);
  return x.map((row) => row.map((v, k) => v - mean[k]!));
};
const draw = (name: string, rows: number, columns: number): number[][] =>
  Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, k) => stream(4, name).normal(i * columns + k)));

/** From the features themselves: singular values of X; ‖YᵀX‖²/(‖XᵀX‖·‖YᵀY‖) of centred features. */
function naiveRank(x: Rows): number {
  const sigmas = lnSingularValues(x.map((r) => Float64Array.from(r))).map((ln) => (ln === null ? 0 : Math.exp(ln)));
  const sum = sigmas.reduce((s, v) => s + v, 0);
  return Math.exp(-sigmas.reduce((s, v) => s + (v > 0 ? (v / sum) * Math.log(v / sum) : 0), 0));
}
function naiveCka(x: Rows, y: Rows): number {
  const columns = (a: Rows): number[][] => a[0]!.map((_, k) => a.map((row) => row[k]!));
  const [cx, cy] = [columns(without(x)), columns(without(y))];
  const squares = (a: Rows, b: Rows): number => a.reduce((s, u) => s + b.reduce((t, v) => t + dot(u, v) ** 2, 0), 0);
  return squares(cx, cy) / Math.sqrt(squares(cx, cx) * squares(cy, cy));
}

describe("effective rank and CKA", () => {
  it("is 1 for multiples of one example, n for orthogonal ones, and in between by the entropy", () => {
    expect(effectiveRank(gramOf([[1, 2, 3], [2, 4, 6], [-1, -2, -3]]))).toBeCloseTo(1, 6); // prettier-ignore
    expect(effectiveRank(gramOf([[2, 0, 0], [0, 2, 0], [0, 0, -2]]))).toBeCloseTo(3, 10); // prettier-ignore
    expect(effectiveRank(gramOf([[3, 0], [0, 1]]))).toBeCloseTo(Math.exp(-0.75 * Math.log(0.75) - 0.25 * Math.log(0.25)), 10); // prettier-ignore
    expect(effectiveRank(gramOf([[0, 0], [0, 0]]))).toBeNaN(); // prettier-ignore
  });

  it("CKA sees no rotation and no scale, and falls to 0 where nothing is shared", () => {
    const x = without([[1, 0], [-1, 0], [0, 0], [0, 0]]); // prettier-ignore
    const y = without([[0, 0], [0, 0], [5, 0], [-5, 0]]); // prettier-ignore
    expect(linearCka(gramOf(x), gramOf(x.map(([a, b]) => [0.6 * a! - 0.8 * b!, 0.8 * a! + 0.6 * b!].map((v) => 7 * v))))).toBeCloseTo(1, 12);
    expect(linearCka(gramOf(x), gramOf(y))).toBeCloseTo(0, 12);
  });

  it("looks at evenly spaced boundaries", () => {
    expect(spaced(40, 5)).toEqual([0, 10, 20, 30, 40]);
    expect(spaced(2, 9)).toEqual([0, 1, 2]);
    expect(spaced(3, 2)).toEqual([0, 3]);
  });
});

describe("representation", () => {
  it.each([true, false])("is what the features themselves give: skip %s", async (skip) => {
    const [n, d, depth, seed] = [6, 8, 3, 21];
    const net = { arch: "residual-mlp", branch: "act-weight", skip: skip ? "identity" : "none", depth, width: d, classes: null, bias: false };
    const r = representation.result.parse(await measured({ net, batch: { examples: n }, measure: { name: "representation", boundaries: 9 }, seed }));
    const ws = [...weightsOf({ ...net, seed, dtype: "float64" })(seed).values()].map((t) =>
      Array.from({ length: d }, (_, o) => Array.from(t.data).slice(o * d, (o + 1) * d)),
    );
    const data = Array.from(stream(seed, "input/input").normals(new Float64Array(n * d)));
    let x: number[][] = Array.from({ length: n }, (_, i) => data.slice(i * d, (i + 1) * d));
    // Without skips an activation belongs to the block before it: boundaries stand before the matrices.
    const features: number[][][] = [x];
    ws.forEach((w, l) => {
      const f = times(relu(x), w);
      x = skip ? f.map((row, i) => row.map((v, k) => v + x[i]![k]!)) : f;
      features.push(skip || l === ws.length - 1 ? x : relu(x));
    });
    expect(r.boundaries).toEqual([0, 1, 2, 3]);
    r.boundaries.forEach((b) => {
      expect(r.rank[b]).toBeCloseTo(naiveRank(features[b]!), 6);
      expect(r.centredRank[b]).toBeCloseTo(naiveRank(without(features[b]!)), 5);
      expect(r.first[b]).toBeCloseTo(naiveCka(features[0]!, features[b]!), 9);
      if (b > 0) expect(r.before[b]).toBeCloseTo(naiveCka(features[b - 1]!, features[b]!), 9);
    });
    expect(r.before[0]).toBeNull();
  });
});

describe("leastSquares", () => {
  it("finds what made the targets, and leaves residuals orthogonal to the features", () => {
    const [phi, truth] = [draw("phi", 40, 6), draw("truth", 6, 3)];
    const exact = phi.map((row) => truth[0]!.map((_, k) => row.reduce((s, v, j) => s + v * truth[j]![k]!, 0)));
    leastSquares(phi, exact)!.forEach((row, j) => row.forEach((v, k) => expect(v).toBeCloseTo(truth[j]![k]!, 7)));
    const noisy = exact.map((row, i) => row.map((v, k) => v + draw("noise", 40, 3)[i]![k]!));
    const v = leastSquares(phi, noisy, 0)!;
    const left = noisy.map((row, i) => row.map((t, k) => t - phi[i]!.reduce((s, f, j) => s + f * v[j]![k]!, 0)));
    for (let j = 0; j < 6; j++) for (let k = 0; k < 3; k++) expect(phi.reduce((s, row, i) => s + row[j]! * left[i]![k]!, 0)).toBeCloseTo(0, 10);
  });

  it("gives none where features are not finite", () => {
    expect(leastSquares([[NaN, 1], [1, 2]], [[1], [2]])).toBeUndefined(); // prettier-ignore
  });
});

describe("block-fit", () => {
  it("fits a block by the features that it is told, on examples held out", async () => {
    const [n, d, seed] = [64, 4, 5];
    const net = { arch: "residual-mlp", branch: "weight-act-weight", depth: 1, width: d, classes: null, bias: false };
    const r = blockFit.result.parse(await measured({ net, batch: { examples: n }, measure: { name: "block-fit", hidden: 6 }, seed }));
    const [w, v] = [...weightsOf({ ...net, seed, dtype: "float64" })(seed).values()].map((t) =>
      Array.from({ length: d }, (_, o) => Array.from(t.data).slice(o * d, (o + 1) * d)),
    ) as [number[][], number[][]];
    const data = Array.from(stream(seed, "input/input").normals(new Float64Array(n * d)));
    const x = Array.from({ length: n }, (_, i) => data.slice(i * d, (i + 1) * d));
    const f = times(relu(times(x, w)), v);
    const y = f.map((row, i) => row.map((a, k) => a + x[i]![k]!));
    const own = Array.from({ length: 6 }, (_, j) =>
      Array.from({ length: d }, (_, i) => Math.sqrt(2 / d) * stream(seed, "block-fit/features").normal(i * 6 + j)),
    );
    const phi = relu(times(x, own));
    const missed = (targets: Rows): number => {
      const fit = leastSquares(phi.slice(0, 48), targets.slice(0, 48))!;
      let sum = 0;
      for (let i = 48; i < n; i++) for (let k = 0; k < d; k++) sum += (targets[i]![k]! - phi[i]!.reduce((s, a, j) => s + a * fit[j]![k]!, 0)) ** 2;
      return sum / (16 * d);
    };
    const square = (a: Rows): number => a.flat().reduce((s, b) => s + b * b, 0) / (n * d);
    expect(r.change).toBeCloseTo(square(f), 10);
    expect(r.output).toBeCloseTo(square(y), 10);
    expect(r.plain).toBeCloseTo(missed(y), 8);
    expect(r.residual).toBeCloseTo(missed(f), 8);
  });

  it("refuses too few examples, and a network that changes the size", async () => {
    const net = { arch: "residual-mlp", depth: 1, width: 4, classes: null };
    await expect(measured({ net, batch: { examples: 7 }, measure: "block-fit" })).rejects.toThrow(/too few to fit 4 features/);
    await expect(measured({ net: { ...net, classes: 3 }, batch: { examples: 16 }, measure: "block-fit" })).rejects.toThrow(/as many features/);
  });
});
