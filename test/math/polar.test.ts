import { describe, expect, it } from "vitest";
import { orthogonalFactor } from "../../src/math/polar.js";
import { stream } from "../../src/util/random.js";

const times = (a: ArrayLike<number>, b: ArrayLike<number>, n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    let sum = 0;
    for (let k = 0; k < n; k++) sum += a[i * n + k]! * b[k * n + j]!;
    return sum;
  });
const transposed = (a: ArrayLike<number>, n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, at) => a[(at % n) * n + Math.floor(at / n)]!);
const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number => Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i]!)));

describe("orthogonalFactor", () => {
  it.each([1, 2, 5, 24])("is orthogonal, and leaves a symmetric matrix with positive eigenvalues: n = %i", (n) => {
    const random = stream(3, `polar/${n}`);
    const w = Float64Array.from({ length: n * n }, (_, i) => random.normal(i));
    const turn = orthogonalFactor(w, n)!;
    const one = Float64Array.from({ length: n * n }, (_, at) => (Math.floor(at / n) === at % n ? 1 : 0));
    expect(largest(times(turn, transposed(turn, n), n), one)).toBeLessThan(1e-11);
    // W = Q·P: P = Qᵀ·W is symmetric, and vᵀPv > 0.
    const p = times(transposed(turn, n), w, n);
    expect(largest(p, transposed(p, n))).toBeLessThan(1e-10);
    for (let t = 0; t < 20; t++) {
      const v = Array.from({ length: n }, (_, i) => random.normal(1e6 + t * n + i));
      let form = 0;
      for (let i = 0; i < n; i++) for (let j = 0; j < n; j++) form += v[i]! * p[i * n + j]! * v[j]!;
      expect(form).toBeGreaterThan(0);
    }
  });

  it("does not see a factor, and finds a rotation as it is", () => {
    const [c, s] = [Math.cos(0.7), Math.sin(0.7)];
    const rotation = [c, -s, s, c];
    expect(
      largest(
        orthogonalFactor(
          rotation.map((v) => 1e-3 * v),
          2,
        )!,
        rotation,
      ),
    ).toBeLessThan(1e-13);
    expect(orthogonalFactor([-0.2], 1)![0]).toBeCloseTo(-1, 12);
  });

  it("gives none of a singular matrix, or one that is not finite", () => {
    expect(orthogonalFactor([1, 2, 2, 4], 2)).toBeUndefined();
    expect(orthogonalFactor([1, NaN, 0, 1], 2)).toBeUndefined();
    expect(orthogonalFactor([0, 0, 0, 0], 2)).toBeUndefined();
  });
});
