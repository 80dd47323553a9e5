import { sizeOf, tensor } from "../../graph/tensor.js";
import { stream } from "../../util/random.js";
import type { DecomposeContext } from "../op.js";

/** P, the largest prime below 2²⁶: the product of two numbers below it, plus a third, is exact in float64. */
export const PRIME = 67108859;
/** Degree of the polynomials. */
const DEGREE = 3;
/** A, B and C. */
const POLYNOMIALS = 3;

/**
 * Appends numbers h of this shape that are uniform on the whole numbers 0 … P − 1, as float64: others in every step of training, and the same again in the same
 * step. The elements are numbered by two indices r and c, and h(r, c) = A(r)·B(c) + C(r) mod P, where A, B and C are polynomials of degree three over the field of P elements
 * whose twelve coefficients are such polynomials of the number of the step, with coefficients drawn by the seed, the node's name and `which` (Wegman & Carter 1981: the
 * values of such a polynomial are independent in fours). All arithmetic is exact, so every runtime draws the same.
 */
export function stepDraws(c: DecomposeContext, shape: readonly number[], which = 0): string {
  const { b } = c;
  const [rows, columns] = splitOf(shape);
  const most = Math.max(rows, columns);
  if (most >= PRIME) c.fail(`draws ${sizeOf(shape)} numbers in every step`, { expected: `at most ${PRIME} along an axis` });
  const doubles = (values: Float64Array, dims: readonly number[]): string => b.constant(tensor("float64", dims, values));
  const prime = b.scalarOf("float64", PRIME);
  const reduced = (x: string): string => b.sub(x, b.mul(prime, b.op("Floor", [b.div(x, prime)])));
  const horner = (coefficients: readonly string[], x: string): string =>
    coefficients.slice(1).reduce((sum, next) => reduced(b.add(b.mul(sum, x), next)), coefficients[0]!);
  const random = stream(c.dropoutSeed!, `${c.node.name}/step/${which}`);
  const count = (DEGREE + 1) * POLYNOMIALS;
  const drawn = Array.from({ length: DEGREE + 1 }, (_, k) =>
    doubles(
      Float64Array.from({ length: count }, (_x, i) => Math.floor(random.uniform(k * count + i) * PRIME)),
      [DEGREE + 1, POLYNOMIALS, 1],
    ),
  );
  const now = horner(drawn, reduced(b.cast(c.step!(), "float64")));
  const coefficients = b.split(now, new Array<number>(DEGREE + 1).fill(1), 0).map((v) => b.reshape(v, [POLYNOMIALS, 1]));
  const index = doubles(
    Float64Array.from({ length: most }, (_, i) => i),
    [1, most],
  );
  const values = horner(coefficients, index);
  const part = (row: number, length: number, dims: readonly number[]): string =>
    b.reshape(b.slice(values, [row, 0], [row + 1, length], [0, 1]), dims);
  const product = b.mul(part(0, rows, [rows, 1]), part(1, columns, [1, columns]));
  return b.reshape(reduced(b.add(product, part(2, rows, [rows, 1]))), shape);
}

/** Appends numbers that are uniform in (0, 1), as float64. */
export const stepUniforms = (c: DecomposeContext, shape: readonly number[], which = 0): string =>
  c.b.scale(c.b.shift(stepDraws(c, shape, which), 0.5), 1 / PRIME);

/** Appends draws from N(0, 1), as float64: √(−2·ln u)·cos 2πv (Box & Muller 1958). */
export function stepNormals(c: DecomposeContext, shape: readonly number[]): string {
  const { b } = c;
  const [u, v] = [stepUniforms(c, shape, 0), stepUniforms(c, shape, 1)];
  return b.mul(b.sqrt(b.scale(b.log(u), -2)), b.op("Cos", [b.scale(v, 2 * Math.PI)]));
}

/** Splits the axes of a shape in two, so that the larger part has few elements. */
function splitOf(shape: readonly number[]): readonly [number, number] {
  const splits = Array.from({ length: shape.length + 1 }, (_, k) => [sizeOf(shape.slice(0, k)), sizeOf(shape.slice(k))] as const);
  return splits.reduce((best, split) => (Math.max(...split) < Math.max(...best) ? split : best));
}
