import { invariant } from "../util/errors.js";

/** A parameter's gradient: elements row by row, and its shape; the first axis runs over the units (rows of a matrix, output channels of a kernel). */
export interface Gradient {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/**
 * How gradients are clipped before a step.
 * `value`: each element to [−at, at] (Mikolov 2012). `global`: all by one factor, so that the norm of all together is at most `norm` (Pascanu, Mikolov & Bengio 2013).
 * `layer`: each parameter so by a factor of its own. `adaptive`: each unit's row so that its norm is at most λ·max(‖w‖, ε), w the unit's weights; a vector is one unit
 * (adaptive gradient clipping: Brock, De, Smith & Simonyan 2021).
 */
export type ClipRule =
  | { readonly rule: "none" }
  | { readonly rule: "value"; readonly at: number }
  | { readonly rule: "global"; readonly norm: number }
  | { readonly rule: "layer"; readonly norm: number }
  | { readonly rule: "adaptive"; readonly lambda: number; readonly epsilon?: number | undefined };

/** ε of the paper: weights that begin at zero could not move without. */
const EPSILON = 1e-3;

/** ‖v‖ over the elements from `from` to `to`, by the largest of them, so that squares stay in range. */
export function lengthOf(v: ArrayLike<number>, from = 0, to: number = v.length): number {
  let top = 0;
  for (let i = from; i < to; i++) top = Math.max(top, Math.abs(v[i]!));
  if (!(top > 0) || top === Infinity) return top;
  let sum = 0;
  for (let i = from; i < to; i++) sum += (v[i]! / top) ** 2;
  return top * Math.sqrt(sum);
}

/** The norm of all gradients together. */
export const totalLength = (gradients: ReadonlyMap<string, Gradient>): number => lengthOf([...gradients.values()].map((g) => lengthOf(g.data)));

/** The gradients that a rule makes of a step's: new ones, by the same names. `weights` are what adaptive clipping compares with. Gradients that are not finite stay so. */
export function clipped(
  gradients: ReadonlyMap<string, Gradient>,
  rule: ClipRule,
  weights: ReadonlyMap<string, { readonly data: ArrayLike<number> }>,
): ReadonlyMap<string, Gradient> {
  const each = (make: (g: Gradient, name: string) => Float64Array): ReadonlyMap<string, Gradient> =>
    new Map([...gradients].map(([name, g]) => [name, { shape: g.shape, data: make(g, name) }]));
  /** The factor that brings a length down to a bound. */
  const down = (length: number, bound: number): number => (length > bound ? bound / length : 1);
  switch (rule.rule) {
    case "none":
      return each((g) => Float64Array.from(g.data));
    case "value":
      return each((g) => Float64Array.from(g.data, (v) => Math.min(rule.at, Math.max(-rule.at, v))));
    case "global": {
      const factor = down(totalLength(gradients), rule.norm);
      return each((g) => Float64Array.from(g.data, (v) => factor * v));
    }
    case "layer":
      return each((g) => {
        const factor = down(lengthOf(g.data), rule.norm);
        return Float64Array.from(g.data, (v) => factor * v);
      });
    case "adaptive":
      return each((g, name) => {
        const w = weights.get(name);
        invariant(w !== undefined && w.data.length === g.data.length, `there are no weights of ${name} to compare its gradient with`);
        const units = g.shape.length < 2 ? 1 : g.shape[0]!;
        const size = g.data.length / units;
        const out = Float64Array.from(g.data);
        for (let u = 0; u < units; u++) {
          const [from, to] = [u * size, (u + 1) * size];
          const bound = rule.lambda * Math.max(lengthOf(w.data, from, to), rule.epsilon ?? EPSILON);
          const factor = down(lengthOf(g.data, from, to), bound);
          for (let i = from; i < to; i++) out[i]! *= factor;
        }
        return out;
      });
  }
}
