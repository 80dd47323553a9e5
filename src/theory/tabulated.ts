import type { Activation } from "./activation.js";

/** Evaluates φ and φ′ at many points at once, by running a part of a graph. */
export type Sampler = (points: Float64Array) => { readonly phi: Float64Array; readonly dphi: Float64Array };

/** An interval of the axis with the Chebyshev coefficients of φ and φ′ on it, and its two halves where these are not accurate. */
interface Cell {
  readonly low: number;
  readonly high: number;
  readonly phi: Float64Array;
  readonly dphi: Float64Array;
  halves?: readonly [Cell, Cell];
}

const ORDER = 16;
/** Points of [−1, 1] at which a cell's interpolant is compared with the function. */
const CHECKS = [-0.97, -0.61, -0.13, 0.29, 0.7, 0.99];
const TOLERANCE = 1e-11;
/** Absolute deviations this small are rounding, as in 1 − tanh², and no reason to halve a cell. */
const NOISE = 1e-13;
/** The largest number of cells of an interpolant; after that none is halved. */
const CELLS = 20_000;
/** Cells are halved down to this relative width; one that is still not accurate contains a kink. */
const NARROW = 1e-12;
/** Cells have width 1 up to this distance from 0; beyond it their ends grow by `RATIO`. */
const UNIFORM = 32;
/** Offset of the cells' ends from integers, where kinks are frequent: a kink at the end of a cell would not be found. */
const OFFSET = 0.381966;
const RATIO = 1.25;
/** Kinks are searched on [−16, 16] at the start, and elsewhere in each cell when it is first used. */
const SEARCHED = 16;

/**
 * Approximates an activation by piecewise Chebyshev interpolation of samples. A cell is computed when it is first used, and halved until it agrees with the
 * samples to 1e-11 of the function's largest value on it, so that kinks are found by bisection.
 */
export function tabulated(name: string, sample: Sampler): Activation {
  const cells = new Map<number, Cell>();
  let count = 0;
  const rootAt = (x: number): Cell => {
    const size = Math.abs(x);
    const index = size < UNIFORM ? Math.floor(x - OFFSET) : (2 * UNIFORM + Math.floor(Math.log(size / UNIFORM) / Math.log(RATIO))) * Math.sign(x);
    let cell = cells.get(index);
    if (!cell) {
      const k = Math.abs(index) - 2 * UNIFORM;
      const [low, high] = [UNIFORM * RATIO ** k, UNIFORM * RATIO ** (k + 1)];
      cell = size < UNIFORM ? made(index + OFFSET, index + 1 + OFFSET) : x > 0 ? made(low, high) : made(-high, -low);
      cells.set(index, cell);
    }
    return cell;
  };
  const made = (low: number, high: number): Cell => {
    const [middle, half] = [(low + high) / 2, (high - low) / 2];
    const nodes = Float64Array.from({ length: ORDER }, (_, i) => Math.cos((Math.PI * (i + 0.5)) / ORDER));
    const at = Float64Array.from([...nodes, ...CHECKS], (t) => middle + half * t);
    const values = sample(at);
    const cell: Cell = { low, high, phi: coefficients(values.phi), dphi: coefficients(values.dphi) };
    const wrong = (c: Float64Array, v: Float64Array): boolean => {
      const size = v.reduce((m, y) => Math.max(m, Math.abs(y)), 0);
      return CHECKS.some((t, i) => !(Math.abs(clenshaw(c, t) - v[ORDER + i]!) <= TOLERANCE * size + NOISE));
    };
    count++;
    if (count < CELLS && half > NARROW * (1 + Math.abs(middle)) && (wrong(cell.phi, values.phi) || wrong(cell.dphi, values.dphi)))
      cell.halves = [made(low, middle), made(middle, high)];
    return cell;
  };
  const evaluate = (x: number, which: "phi" | "dphi"): number => {
    let cell = rootAt(x);
    while (cell.halves) cell = x < cell.halves[0].high ? cell.halves[0] : cell.halves[1];
    return clenshaw(cell[which], (2 * x - cell.low - cell.high) / (cell.high - cell.low));
  };
  for (let x = -SEARCHED; x < SEARCHED; x++) rootAt(x + 0.5);
  const kinks = [...cells.values()].flatMap(narrowest).sort((a, b) => a - b);
  return {
    name,
    phi: (x) => evaluate(x, "phi"),
    dphi: (x) => evaluate(x, "dphi"),
    kinks: kinks.filter((k, i) => i === 0 || k - kinks[i - 1]! > 1e-9),
  };
}

/** The midpoints of the narrowest cells, where halving did not reach the accuracy: the kinks. */
function narrowest(cell: Cell): readonly number[] {
  if (cell.halves) return cell.halves.flatMap(narrowest);
  const middle = (cell.low + cell.high) / 2;
  return cell.high - cell.low < 4 * NARROW * (1 + Math.abs(middle)) ? [Math.abs(middle) < 1e-11 ? 0 : middle] : [];
}

/** Chebyshev coefficients [ORDER] of the interpolant through the values at the Chebyshev points. */
function coefficients(values: Float64Array): Float64Array {
  return Float64Array.from({ length: ORDER }, (_, k) => {
    let sum = 0;
    for (let i = 0; i < ORDER; i++) sum += values[i]! * Math.cos((Math.PI * k * (i + 0.5)) / ORDER);
    return ((k === 0 ? 1 : 2) / ORDER) * sum;
  });
}

/** Evaluates a Chebyshev series at t ∈ [−1, 1] by Clenshaw's recurrence. */
function clenshaw(c: Float64Array, t: number): number {
  let [b1, b2] = [0, 0];
  for (let k = ORDER - 1; k > 0; k--) [b1, b2] = [c[k]! + 2 * t * b1 - b2, b1];
  return c[0]! + t * b1 - b2;
}
