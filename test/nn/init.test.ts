import { describe, expect, it } from "vitest";
import { buildNet } from "../../src/nn/build.js";
import { haarColumns } from "../../src/nn/init/orthogonal.js";
import type { NetSpec } from "../../src/nn/spec.js";
import { stream } from "../../src/util/random.js";

const weight = (spec: NetSpec, name: string): Float64Array =>
  buildNet({ ...spec, dtype: "float64" }).graph.initializers.get(name)!.data as Float64Array;

function moments(x: Float64Array): { mean: number; variance: number; kurtosis: number } {
  const mean = x.reduce((s, v) => s + v, 0) / x.length;
  const variance = x.reduce((s, v) => s + (v - mean) ** 2, 0) / x.length;
  return { mean, variance, kurtosis: x.reduce((s, v) => s + (v - mean) ** 4, 0) / x.length / variance ** 2 };
}

/** A layer 512 → 256: 131,072 weights. Five deviations of the estimates: a wrong σ² by 2.5 % or a mean off by .014 σ fails for certain. */
const LAYER = { arch: "mlp", depth: 1, width: 256, input: 512, classes: null };
const N = 512 * 256;

describe("drawn weights", () => {
  const cases: readonly (readonly [string, unknown, number, number])[] = [
    ["he", "he", 2 / 512, 3],
    ["he, fan out", { scheme: "he", fan: "out" }, 2 / 256, 3],
    ["lecun", "lecun", 1 / 512, 3],
    ["glorot", "glorot", 2 / 768, 3],
    ["σ_w² = 1.7", { weightVariance: 1.7 }, 1.7 / 512, 3],
    ["fixed", { scheme: "fixed", std: 0.05 }, 0.0025, 3],
    ["uniform", { scheme: "he", distribution: "uniform" }, 2 / 512, 1.8],
    // Of N(0, 1) cut at ±2: μ₄/σ⁴.
    ["cut off", { scheme: "he", distribution: "truncated-normal" }, 2 / 512, 2.3655],
  ];
  for (const [name, init, variance, kurtosis] of cases) {
    it(`${name}: mean 0, variance ${variance.toPrecision(4)}, shape`, () => {
      const m = moments(weight({ ...LAYER, init }, "layer1/linear/weight"));
      expect(Math.abs(m.mean)).toBeLessThan(5 * Math.sqrt(variance / N));
      expect(Math.abs(m.variance / variance - 1)).toBeLessThan(5 * Math.sqrt((kurtosis - 1) / N));
      // Of 131,072 normal draws the kurtosis deviates by √(24/N) = .0135.
      expect(Math.abs(m.kurtosis - kurtosis)).toBeLessThan(0.07);
    });
  }

  it("of a convolution count the kernel among their fans", () => {
    const spec = { arch: "plain-conv", depth: 2, width: 64, input: [32, 4, 4], kernel: 5 };
    const variances = ["in", "out"].map((fan) => moments(weight({ ...spec, init: { scheme: "he", fan } }, "layer1/conv/weight")).variance);
    expect(variances[0]! * 32 * 25).toBeGreaterThan(1.95);
    expect(variances[0]! * 32 * 25).toBeLessThan(2.05);
    expect(variances[1]! * 64 * 25).toBeGreaterThan(1.95);
    expect(variances[1]! * 64 * 25).toBeLessThan(2.05);
  });

  it("biases have the variance σ_b²", () => {
    const m = moments(weight({ arch: "mlp", depth: 1, width: 20_000, input: 1, classes: null, init: { biasVariance: 0.3 } }, "layer1/linear/bias"));
    expect(Math.abs(m.mean)).toBeLessThan(5 * Math.sqrt(0.3 / 20_000));
    expect(Math.abs(m.variance / 0.3 - 1)).toBeLessThan(5 * Math.sqrt(2 / 20_000));
  });
});

/** Largest entry of QᵀQ − I for row-major Q. */
function fault(q: Float64Array, rows: number, columns: number): number {
  let worst = 0;
  for (let a = 0; a < columns; a++) {
    for (let b = a; b < columns; b++) {
      let sum = 0;
      for (let i = 0; i < rows; i++) sum += q[i * columns + a]! * q[i * columns + b]!;
      worst = Math.max(worst, Math.abs(sum - (a === b ? 1 : 0)));
    }
  }
  return worst;
}
/** The transpose of a row-major matrix of `columns` × `rows`. */
const turned = (w: Float64Array, rows: number, columns: number): Float64Array =>
  Float64Array.from(w, (_, i) => w[(i % columns) * rows + Math.floor(i / columns)]!);

describe("orthogonal weights", () => {
  it("are orthogonal to 1e-12, square, tall and wide, in every layer that has weights", () => {
    for (const [rows, columns] of [
      [1, 1],
      [2, 2],
      [3, 1],
      [7, 5],
      [64, 64],
      [130, 33],
      [256, 255],
    ] as const)
      expect(fault(haarColumns(rows, columns, stream(1, `${rows}×${columns}`)), rows, columns)).toBeLessThan(1e-12);
    const square = weight({ arch: "mlp", depth: 1, width: 100, init: "orthogonal" }, "layer1/linear/weight");
    expect(fault(square, 100, 100)).toBeLessThan(1e-12);
    const tall = weight({ ...LAYER, width: 60, input: 20, init: "orthogonal" }, "layer1/linear/weight");
    expect(fault(tall, 60, 20)).toBeLessThan(1e-12);
    const wide = weight({ ...LAYER, width: 20, input: 60, init: "orthogonal" }, "layer1/linear/weight");
    expect(fault(turned(wide, 60, 20), 60, 20)).toBeLessThan(1e-12);
    const scaled = weight({ ...LAYER, width: 30, input: 30, init: { scheme: "orthogonal", weightVariance: 4 } }, "layer1/linear/weight");
    expect(
      fault(
        scaled.map((v) => v / 2),
        30,
        30,
      ),
    ).toBeLessThan(1e-12);
    // Each gate for itself.
    const gates = weight({ arch: "rnn", cell: "lstm", width: 12, init: "orthogonal" }, "layer1/R");
    for (let k = 0; k < 4; k++) expect(fault(gates.slice(144 * k, 144 * (k + 1)), 12, 12)).toBeLessThan(1e-12);
  });

  it("are delta-orthogonal in convolutions: zero beside the middle, orthogonal there", () => {
    const w = weight({ arch: "plain-conv", depth: 2, width: 16, init: "delta-orthogonal" }, "layer2/conv/weight");
    const middle = Float64Array.from({ length: 256 }, (_, i) => w[9 * i + 4]!);
    expect(fault(middle, 16, 16)).toBeLessThan(1e-12);
    expect(w.filter((v) => v !== 0).length).toBe(256);
  });

  it("are Haar-distributed: so are their traces, entries and determinants", () => {
    // Of a Haar matrix of O(n): E tr = 0, E tr² = 1, E tr⁴ = 3, E det = 0; an entry has E q⁴ = 3/(n(n + 2)). Without R's sign set right the trace of
    // Householder's Q is negative on average, by far more than five deviations.
    const [n, draws] = [5, 4000];
    let [tr, tr2, tr4, det, q4] = [0, 0, 0, 0, 0];
    for (let d = 0; d < draws; d++) {
      const q = haarColumns(n, n, stream(d, "haar"));
      const t = Array.from({ length: n }, (_, i) => q[i * n + i]!).reduce((a, b) => a + b, 0);
      [tr, tr2, tr4, det, q4] = [
        tr + t / draws,
        tr2 + t ** 2 / draws,
        tr4 + t ** 4 / draws,
        det + determinant(q, n) / draws,
        q4 + q[7]! ** 4 / draws,
      ];
    }
    const error = (deviation: number): number => (5 * deviation) / Math.sqrt(draws);
    expect(Math.abs(tr)).toBeLessThan(error(1));
    expect(Math.abs(tr2 - 1)).toBeLessThan(error(Math.sqrt(2)));
    expect(Math.abs(tr4 - 3)).toBeLessThan(error(Math.sqrt(96)));
    expect(Math.abs(det)).toBeLessThan(error(1));
    expect(Math.abs(q4 - 3 / (n * (n + 2)))).toBeLessThan(error(0.13));
  });
});

function determinant(source: Float64Array, n: number): number {
  const a = source.slice();
  let det = 1;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]!) > Math.abs(a[pivot * n + k]!)) pivot = i;
    if (pivot !== k) {
      det = -det;
      for (let j = 0; j < n; j++) [a[k * n + j], a[pivot * n + j]] = [a[pivot * n + j]!, a[k * n + j]!];
    }
    det *= a[k * n + k]!;
    for (let i = k + 1; i < n; i++) for (let j = n - 1; j >= k; j--) a[i * n + j]! -= (a[i * n + k]! / a[k * n + k]!) * a[k * n + j]!;
  }
  return det;
}

describe("Fixup", () => {
  it("closes branches and classes with 0 and divides the weights before by L^{1/(2m−2)}", () => {
    const spec = { arch: "residual-mlp", depth: 16, width: 128, branch: "weight-act-weight", init: "fixup" };
    const first = moments(weight(spec, "block3/branch/linear1/weight"));
    expect(Math.abs(first.variance / (2 / 128 / 16) - 1)).toBeLessThan(5 * Math.sqrt(2 / 128 ** 2));
    expect(weight(spec, "block3/branch/linear2/weight").every((v) => v === 0)).toBe(true);
    expect(weight(spec, "head/weight").every((v) => v === 0)).toBe(true);
    const three = moments(weight({ ...spec, branch: "weight-act-weight-act-weight" }, "block3/branch/linear2/weight"));
    expect(Math.abs(three.variance / (2 / 128 / 4) - 1)).toBeLessThan(5 * Math.sqrt(2 / 128 ** 2));
  });
});
