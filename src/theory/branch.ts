import type { Activation } from "./activation.js";
import { meanMoment, slopeMoment, squareMoment, squarePair } from "./moments.js";
import { sphereMoments } from "./sphere.js";

/** One operation of the residual branch F of a block. */
export type BranchStep =
  /** A product with independent weights of mean 0 and variance σ_w²/fan-in, and biases of variance σ_b². */
  | { readonly kind: "linear"; readonly sigmaW2: number; readonly sigmaB2?: number }
  | { readonly kind: "act"; readonly phi: Activation }
  /** `batch`: over the examples; `layer`: over the features; `rms`: without centring. γ = 1, β = 0. */
  | { readonly kind: "norm"; readonly norm: "batch" | "layer" | "rms" };

/** Mean-field moments of a value between the steps of a branch. Features are identically distributed, and examples exchangeable. */
export interface ValueMoments {
  /** Mean over the features of x². */
  readonly square: number;
  /** Mean over the features of x·x′ of two examples, which batch normalisation subtracts. */
  readonly pair: number;
  /** Mean over the features, which layer normalisation subtracts. */
  readonly mean: number;
  /** Whether it is Gaussian over the features, as an activation after it requires. */
  readonly gaussian: boolean;
  /** Whether it is the output of batch normalisation over N examples, which is uniform on a sphere (see sphere.ts). */
  readonly sphere?: boolean;
}

/** The output of a branch, and the branch's squared backward gain, E‖Jᵀg‖²/‖g‖². */
export interface BranchEffect {
  readonly value: ValueMoments;
  readonly gain: number;
}

/** The moments of features ~ N(0, square), with the given correlation between two examples. */
export const gaussian = (square: number, correlation = 0): ValueMoments => ({ square, pair: correlation * square, mean: 0, gaussian: true });

/**
 * Propagates a value's moments through a branch, and multiplies the squared gains of its steps. Without `pairs` the moment of two examples, which takes 2-D
 * integrals and only batch normalisation needs, is left 0. `batch` is the number of examples in batch normalisation (absent: infinite). Returns undefined
 * where no law is known: an activation of a value that is not Gaussian, batch normalisation over finitely many examples after an activation, or a norm
 * of a constant.
 */
export function throughBranch(steps: readonly BranchStep[], from: ValueMoments, batch?: number, pairs = true): BranchEffect | undefined {
  let value = from;
  let gain = 1;
  for (const step of steps) {
    if (step.kind === "linear") {
      const { sigmaW2, sigmaB2 = 0 } = step;
      value = { square: sigmaW2 * value.square + sigmaB2, pair: sigmaW2 * value.pair + sigmaB2, mean: 0, gaussian: true };
      gain *= sigmaW2;
    } else if (step.kind === "act") {
      if (!value.gaussian) return undefined;
      const { phi } = step;
      if (value.sphere && batch !== undefined) {
        // The backward projection of the normalisation is correlated with φ′ at its output; `projected` includes this.
        const m = sphereMoments(phi, batch);
        gain *= (m.projected * (batch - 1)) / (batch - 2);
        value = { square: m.square, pair: m.pair, mean: meanMoment(phi, 1), gaussian: false };
      } else {
        const { square } = value;
        gain *= slopeMoment(phi, square);
        const c = square === 0 ? 0 : value.pair / square;
        value = { square: squareMoment(phi, square), pair: pairs ? squarePair(phi, square, c) : 0, mean: meanMoment(phi, square), gaussian: false };
      }
    } else {
      const spread =
        step.norm === "batch" ? value.square - value.pair : step.norm === "layer" ? value.square - value.mean * value.mean : value.square;
      if (!(spread > 0)) return undefined;
      gain /= spread;
      if (step.norm === "batch" && batch !== undefined) {
        if (!value.gaussian || batch < 4) return undefined;
        // E[N/r²] times the variance over the batch, and the share of a centred gradient that the projection keeps.
        gain *= (batch / (batch - 3)) * ((batch - 2) / (batch - 1));
        value = { square: 1, pair: -1 / (batch - 1), mean: 0, gaussian: true, sphere: true };
      } else if (step.norm === "batch") value = { square: 1, pair: 0, mean: 0, gaussian: value.gaussian };
      else {
        const m2 = step.norm === "layer" ? value.mean * value.mean : 0;
        value = {
          square: (value.square - m2) / spread,
          pair: (value.pair - m2) / spread,
          mean: m2 > 0 ? 0 : value.mean / Math.sqrt(spread),
          gaussian: value.gaussian,
        };
      }
    }
  }
  return { value, gain };
}

/** The effect of α·F: squares are multiplied by α², the mean by α. */
export function scaled(effect: BranchEffect, factor: number): BranchEffect {
  const f2 = factor * factor;
  const { value } = effect;
  return { gain: f2 * effect.gain, value: { ...value, square: f2 * value.square, pair: f2 * value.pair, mean: factor * value.mean } };
}

/** The moments of the sum of two values of which one has mean 0 given the other, because it ends in independent weights of mean 0. */
export const sumOf = (a: ValueMoments, b: ValueMoments): ValueMoments => ({
  square: a.square + b.square + (a.mean === 0 || b.mean === 0 ? 0 : 2 * a.mean * b.mean),
  pair: a.pair + b.pair + (a.mean === 0 || b.mean === 0 ? 0 : 2 * a.mean * b.mean),
  mean: a.mean + b.mean,
  gaussian: a.gaussian && b.gaussian,
});
