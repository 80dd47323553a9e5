import { invariant } from "../util/errors.js";

/**
 * A parameter's gradient: its row-major elements, and its shape, whose first axis runs over the units (rows of a matrix, output
 * channels of a kernel).
 */
export interface Gradient {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

/**
 * A rule for clipping the gradients before a step; norms are Euclidean.
 * `value` clips each element to [−at, at] (Mikolov 2012). `global` scales all gradients by one factor, so that the norm of all together is at most
 * `norm` (Pascanu, Mikolov & Bengio 2013). `layer` scales each parameter's gradient by a factor of its own, so that its norm is at most `norm`.
 * `adaptive` scales the gradient of each unit, so that its norm is at most λ·max(‖w‖, ε), w the unit's weights; a vector counts as one unit
 * (adaptive gradient clipping; Brock, De, Smith & Simonyan 2021).
 */
export type ClipRule =
  | { readonly rule: "none" }
  | { readonly rule: "value"; readonly at: number }
  | { readonly rule: "global"; readonly norm: number }
  | { readonly rule: "layer"; readonly norm: number }
  | { readonly rule: "adaptive"; readonly lambda: number; readonly epsilon?: number | undefined };

/** The default ε, that of the paper: without it, weights that start at zero would stay there. */
const EPSILON = 1e-3;

/**
 * Returns the Euclidean norm of the elements from `from` up to `to`. They are divided by the largest of them first, so that
 * squares stay in range.
 */
export function euclideanNorm(v: ArrayLike<number>, from = 0, to: number = v.length): number {
  let top = 0;
  for (let i = from; i < to; i++) top = Math.max(top, Math.abs(v[i]!));
  if (!(top > 0) || top === Infinity) return top;
  let sum = 0;
  for (let i = from; i < to; i++) sum += (v[i]! / top) ** 2;
  return top * Math.sqrt(sum);
}

/** Returns the Euclidean norm of all gradients together. */
export const globalNorm = (gradients: ReadonlyMap<string, Gradient>): number =>
  euclideanNorm([...gradients.values()].map((g) => euclideanNorm(g.data)));

/**
 * Returns the gradients of a step after clipping, as new arrays under the same names. Adaptive clipping needs `weights`. Elements that are not
 * finite remain so, except that `value` bounds infinite ones.
 */
export function clipped(
  gradients: ReadonlyMap<string, Gradient>,
  rule: ClipRule,
  weights: ReadonlyMap<string, { readonly data: ArrayLike<number> }>,
): ReadonlyMap<string, Gradient> {
  const each = (make: (g: Gradient, name: string) => Float64Array): ReadonlyMap<string, Gradient> =>
    new Map([...gradients].map(([name, g]) => [name, { shape: g.shape, data: make(g, name) }]));
  /** The factor that reduces a norm to a bound. */
  const factorTo = (norm: number, bound: number): number => (norm > bound ? bound / norm : 1);
  switch (rule.rule) {
    case "none":
      return each((g) => Float64Array.from(g.data));
    case "value":
      return each((g) => Float64Array.from(g.data, (v) => Math.min(rule.at, Math.max(-rule.at, v))));
    case "global": {
      const factor = factorTo(globalNorm(gradients), rule.norm);
      return each((g) => Float64Array.from(g.data, (v) => factor * v));
    }
    case "layer":
      return each((g) => {
        const factor = factorTo(euclideanNorm(g.data), rule.norm);
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
          const bound = rule.lambda * Math.max(euclideanNorm(w.data, from, to), rule.epsilon ?? EPSILON);
          const factor = factorTo(euclideanNorm(g.data, from, to), bound);
          for (let i = from; i < to; i++) out[i]! *= factor;
        }
        return out;
      });
  }
}
