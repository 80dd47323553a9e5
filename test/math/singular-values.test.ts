import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { lnSingularValues, orthogonalRows, product } from "../../src/math/singular-values.js";

const { matrices } = JSON.parse(readFileSync(new URL("../fixtures/jacobian.json", import.meta.url), "utf8")) as {
  readonly matrices: readonly { readonly name: string; readonly rows: readonly number[][]; readonly singular: readonly number[] }[];
};
const rowsOf = (rows: readonly (readonly number[])[]): Float64Array[] => rows.map((r) => Float64Array.from(r));

describe("singular values", () => {
  it.each(matrices.map((m) => [m.name, m] as const))("of a matrix as numpy has them: %s", (_, m) => {
    const found = lnSingularValues(rowsOf(m.rows));
    expect(found.length).toBe(m.singular.length);
    m.singular.forEach((s, i) => expect(Math.exp(found[i]!) / s).toBeCloseTo(1, 9 - Math.max(0, Math.round(Math.log10(m.singular[0]! / s) - 5))));
  });

  it("of elements that squares would push out of range", () => {
    const found = (size: number): readonly (number | null)[] => lnSingularValues(rowsOf([[3 * size, 0], [4 * size, 5 * size]])); // prettier-ignore
    for (const size of [1e-300, 1e300]) {
      const [a, b] = found(size) as [number, number];
      // σ₁σ₂ = |det| = 15, σ₁² + σ₂² = 50.
      expect(a + b - 2 * Math.log(size)).toBeCloseTo(Math.log(15), 9);
      expect(Math.exp(2 * (a - Math.log(size))) + Math.exp(2 * (b - Math.log(size)))).toBeCloseTo(50, 9);
    }
  });

  it("says null where rounding hides one, −∞ of a zero matrix, NaN of one that is not finite", () => {
    const hidden = lnSingularValues(rowsOf([[1, 2], [2, 4]])); // prettier-ignore
    expect(Math.exp(hidden[0]!)).toBeCloseTo(5, 12);
    expect(hidden[1]).toBeNull();
    expect(lnSingularValues(rowsOf([[0, 0]]))).toEqual([-Infinity]);
    expect(lnSingularValues(rowsOf([[1, NaN]]))).toEqual([NaN]);
  });

  it("belong to rows that end orthogonal and span what they spanned", () => {
    const before = rowsOf(matrices[1]!.rows);
    const after = orthogonalRows(before);
    for (let i = 0; i < after.length; i++) {
      for (let j = 0; j < i; j++) expect(product(after[i]!, after[j]!)).toBeCloseTo(0, 12);
      // Every row of before is the sum of its parts along the rows of after.
      const rest = before[i]!.slice();
      for (const row of after) {
        const c = product(before[i]!, row) / product(row, row);
        for (let k = 0; k < rest.length; k++) rest[k]! -= c * row[k]!;
      }
      expect(product(rest, rest)).toBeLessThan(1e-20);
    }
  });
});
