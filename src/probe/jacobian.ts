import { sizeOf } from "../graph/tensor.js";
import { stream } from "../util/random.js";
import { lnSingularValues, product } from "../math/singular-values.js";
import type { Differential, Point } from "./differential.js";

/** A matrix A [to, from] that is given by its products with vectors. */
export interface LinearMap {
  /** Number of columns of A. */
  readonly from: number;
  /** Number of rows of A. */
  readonly to: number;
  /** The largest number of vectors in one call. */
  readonly vectorsPerCall: number;
  /** Computes A·v of each vector. */
  apply(vs: readonly Float64Array[]): Promise<readonly Float64Array[]>;
  /** Computes Aᵀ·u of each vector. */
  applyTranspose(us: readonly Float64Array[]): Promise<readonly Float64Array[]>;
}

/**
 * The Jacobian of one example. Every row of the batch is a copy of it, so that one call takes as many vectors as the batch has rows. Assumes that examples do
 * not influence each other (`rowsMix`).
 */
export function jacobianOfExample(d: Differential, at: Point, example = 0): LinearMap {
  const rows = d.from.shape[0]!;
  const copied = new Map(
    [...at.inputs].map(([name, t]) => {
      const size = t.data.length / rows;
      const data = t.data.slice();
      for (let r = 0; r < rows; r++) data.set(t.data.subarray(example * size, (example + 1) * size), r * size);
      return [name, t.shape[0] === rows ? { ...t, data } : t];
    }),
  );
  const own = { ...at, inputs: copied };
  const [from, to] = [sizeOf(d.from.shape) / rows, sizeOf(d.to.shape) / rows];
  return {
    from,
    to,
    vectorsPerCall: rows,
    apply: async (vs) => rowsOf((await d.jvp(own, packed(vs, rows, from))).tangent, vs.length, to),
    applyTranspose: async (us) => rowsOf((await d.vjp(own, packed(us, rows, to))).cotangent, us.length, from),
  };
}

/** The Jacobian of the whole batch, for networks in which examples influence each other. One call takes one vector. */
export const jacobianOfBatch = (d: Differential, at: Point): LinearMap => ({
  from: sizeOf(d.from.shape),
  to: sizeOf(d.to.shape),
  vectorsPerCall: 1,
  apply: async ([v]) => [Float64Array.from((await d.jvp(at, v!)).tangent)],
  applyTranspose: async ([u]) => [Float64Array.from((await d.vjp(at, u!)).cotangent)],
});

function packed(vs: readonly Float64Array[], rows: number, size: number): Float64Array {
  const data = new Float64Array(rows * size);
  vs.forEach((v, r) => data.set(v, r * size));
  return data;
}

const rowsOf = (data: ArrayLike<number>, count: number, size: number): readonly Float64Array[] =>
  Array.from({ length: count }, (_, r) => Float64Array.from({ length: size }, (_v, i) => data[r * size + i]!));

/** Computes all rows of A as Aᵀ·e for every unit vector e. */
export async function wholeMatrix(map: LinearMap): Promise<readonly Float64Array[]> {
  const rows: Float64Array[] = [];
  for (let start = 0; start < map.to; start += map.vectorsPerCall) {
    const units = Array.from({ length: Math.min(map.vectorsPerCall, map.to - start) }, (_, k) => {
      const e = new Float64Array(map.to);
      e[start + k] = 1;
      return e;
    });
    rows.push(...(await map.applyTranspose(units)));
  }
  return rows;
}

/** Singular values of a Jacobian, natural logarithms. */
export interface SingularValues {
  /** ln of each, the largest first; null where rounding hides it. −Infinity where the Jacobian is zero. */
  readonly ln: readonly (number | null)[];
  /** ln ‖J‖_F = ½ ln Σσ²; null where not all singular values were computed. */
  readonly lnFrobenius: number | null;
  /** Whether the last two steps changed none of them by more than the tolerance, or all were computed. */
  readonly converged: boolean;
}

/** Computes all singular values from the whole matrix. `precision` is the relative rounding of its elements: 2⁻⁵² for float64, 2⁻²³ for float32. */
export async function allSingularValues(map: LinearMap, precision: number): Promise<SingularValues> {
  const rows = await wholeMatrix(map);
  return { ln: lnSingularValues(rows, precision), lnFrobenius: lnLength(rows), converged: true };
}

/** Computes ½ ln Σ v² over all rows without overflow or underflow. */
export function lnLength(rows: readonly ArrayLike<number>[]): number {
  let top = 0;
  for (const row of rows) for (let i = 0; i < row.length; i++) top = Math.max(top, Math.abs(row[i]!));
  if (!(top > 0 && top < Infinity)) return Math.log(top);
  let sum = 0;
  for (const row of rows) for (let i = 0; i < row.length; i++) sum += (row[i]! / top) ** 2;
  return Math.log(top) + 0.5 * Math.log(sum);
}

/** Options for the largest singular values. */
export interface LargestRequest {
  /** Number of singular values wanted. */
  readonly count: number;
  readonly seed: number;
  /** Largest relative change of any of them in two steps in a row for convergence (default 1e-7). */
  readonly tolerance?: number;
  /** Largest dimension of the Krylov space (default 400). */
  readonly space?: number;
}

/**
 * Computes the largest singular values by block Golub–Kahan bidiagonalisation with full reorthogonalisation (Golub & Kahan 1965; blocks: Golub, Luk & Overton
 * 1981): those of A restricted to the Krylov space of V, AᵀA·V, (AᵀA)²·V …, where V is a random block of as many vectors as one call takes. They are exact
 * where the Krylov space becomes the whole space.
 */
export async function largestSingularValues(map: LinearMap, { count, seed, tolerance = 1e-7, space = 400 }: LargestRequest): Promise<SingularValues> {
  const most = Math.min(map.from, map.to);
  const wanted = Math.min(count, most);
  const [basis, images]: [Float64Array[], Float64Array[]] = [[], []];
  // A on the Krylov space in coordinates of an orthonormal basis of the images: columns of an upper triangular matrix, divided by `scale`.
  const columns: Float64Array[] = [];
  let scale: number | undefined;
  let block = randomBlock(map, seed);
  let [last, steady, exhausted]: [readonly (number | null)[], number, boolean] = [[], 0, false];
  for (;;) {
    const fresh = block.map((v) => newDirection(v, basis)).filter((v) => v !== undefined);
    exhausted = fresh.length === 0;
    if (exhausted) break;
    const products = await map.apply(fresh);
    scale ??= largestOf(products);
    if (scale === 0) return { ln: new Array<number>(wanted).fill(-Infinity), lnFrobenius: null, converged: true };
    if (!Number.isFinite(scale)) return { ln: new Array<number>(wanted).fill(NaN), lnFrobenius: null, converged: false };
    const next: Float64Array[] = [];
    for (const w of products) {
      const before = images.length;
      columns.push(
        coordinates(
          w.map((v) => v / scale!),
          images,
        ),
      );
      if (images.length > before) next.push(images[before]!);
    }
    const height = images.length;
    const values = lnSingularValues(columns.map((c) => Float64Array.from({ length: height }, (_, i) => c[i] ?? 0)));
    const now = values.slice(0, wanted);
    const same = now.length === wanted && now.every((v, i) => v !== null && Math.abs(v - (last[i] ?? Infinity)) <= tolerance);
    [steady, last] = [same ? steady + 1 : 0, now];
    // Without new images the Krylov space is invariant under AᵀA, and contains the largest singular vectors, since the first block was random.
    exhausted = next.length === 0 || basis.length >= map.from;
    if (steady >= 2 || exhausted || basis.length >= space) break;
    block = [...(await map.applyTranspose(next))];
  }
  const ln = Array.from({ length: wanted }, (_, i) => ((last[i] ?? null) === null ? null : last[i]! + Math.log(scale!)));
  return { ln, lnFrobenius: null, converged: exhausted || steady >= 2 };
}

function randomBlock(map: LinearMap, seed: number): readonly Float64Array[] {
  return Array.from({ length: Math.min(map.vectorsPerCall, map.from) }, (_, k) => {
    const random = stream(seed, `jacobian/${k}`);
    return Float64Array.from({ length: map.from }, (_v, i) => random.normal(i));
  });
}

const largestOf = (rows: readonly Float64Array[]): number => rows.reduce((m, r) => r.reduce((n, v) => (Math.abs(v) <= n ? n : Math.abs(v)), m), 0);

/** Orthogonalises a vector to an orthonormal basis, normalises it, and adds it to the basis; undefined where only rounding is left. */
function newDirection(v: Float64Array, basis: Float64Array[]): Float64Array | undefined {
  const top = largestOf([v]);
  if (!(top > 0 && top < Infinity)) return undefined;
  const left = v.map((x) => x / top);
  const before = Math.sqrt(product(left, left));
  for (let twice = 0; twice < 2; twice++) for (const q of basis) subtract(left, q, product(left, q));
  const length = Math.sqrt(product(left, left));
  if (length <= 1e-10 * before) return undefined;
  const direction = left.map((x) => x / length);
  basis.push(direction);
  return direction;
}

/** Coordinates of a vector in an orthonormal basis, which is extended by the vector's orthogonal component. */
function coordinates(w: Float64Array, basis: Float64Array[]): Float64Array {
  const left = w.slice();
  const found = new Float64Array(basis.length + 1);
  const size = basis.length;
  for (let twice = 0; twice < 2; twice++) {
    for (let i = 0; i < size; i++) {
      const c = product(left, basis[i]!);
      found[i] = found[i]! + c;
      subtract(left, basis[i]!, c);
    }
  }
  const length = Math.sqrt(product(left, left));
  if (length <= 1e-14 * Math.sqrt(product(w, w))) return found.slice(0, size);
  found[size] = length;
  basis.push(left.map((x) => x / length));
  return found;
}

function subtract(a: Float64Array, b: Float64Array, factor: number): void {
  for (let i = 0; i < a.length; i++) a[i]! -= factor * b[i]!;
}

/** The relative rounding of the network's element type; singular values below it times the largest are not resolved. */
export const precisionOf = (d: Differential): number => (d.to.dtype === "float64" ? 2 ** -52 : 2 ** -23);
