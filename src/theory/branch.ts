import type { Activation } from "./activation.js";
import { meanMoment, slopeMoment, squareMoment, squarePair } from "./moments.js";
import { sphereMoments } from "./sphere.js";

/** One step of a branch F of a residual block. */
export type BranchStep =
  /** A product with fresh weights of variance σ_w²/fan-in; biases of variance σ_b². */
  | { readonly kind: "linear"; readonly sigmaW2: number; readonly sigmaB2?: number }
  | { readonly kind: "act"; readonly phi: Activation }
  /** `batch`: over the examples; `layer`: over the features; `rms`: without centring. γ = 1, β = 0. */
  | { readonly kind: "norm"; readonly norm: "batch" | "layer" | "rms" };

/** A value between steps, as mean-field theory sees it: exchangeable examples, features alike. */
export interface Value {
  /** Mean over the features of x². */
  readonly square: number;
  /** Mean over the features of x·x′ of two examples: what batch normalisation removes. */
  readonly pair: number;
  /** Mean over the features: what layer normalisation removes. */
  readonly mean: number;
  /** Whether it is Gaussian over the features: an activation may follow. */
  readonly gaussian: boolean;
  /** Whether it is what a batch of N examples was normalised to: on the sphere. */
  readonly sphere?: boolean;
}

/** A value behind a branch, and the branch's squared gain: ‖Jᵀg‖²/‖g‖² in expectation. */
export interface BranchEffect {
  readonly value: Value;
  readonly gain: number;
}

/** N(0, square) features, two examples of the given correlation. */
export const gaussian = (square: number, correlation = 0): Value => ({ square, pair: correlation * square, mean: 0, gaussian: true });

/**
 * Carries a value through a branch; without `pairs` the products of two examples, which take 2-D integrals and only batch
 * normalisation needs, are left 0. `batch` is the number of examples that batch normalisation sees (absent: infinite). Returns undefined where
 * an activation meets a value that is not Gaussian, or batch normalisation of finitely many follows an activation: no law.
 */
export function throughBranch(steps: readonly BranchStep[], from: Value, batch?: number, pairs = true): BranchEffect | undefined {
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
        // The projection of the normalisation sees φ′ at its own output: what that changes is counted here.
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
        // E[N/r²] over the batch's spread, and the share of a centred gradient that the projection keeps.
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

/** α·F: squares by α². */
export function scaled(effect: BranchEffect, factor: number): BranchEffect {
  const f2 = factor * factor;
  const { value } = effect;
  return { gain: f2 * effect.gain, value: { ...value, square: f2 * value.square, pair: f2 * value.pair, mean: factor * value.mean } };
}

/** The sum of independent values, one of which has mean 0 given the other (it ends in fresh weights). */
export const sumOf = (a: Value, b: Value): Value => ({
  square: a.square + b.square + (a.mean === 0 || b.mean === 0 ? 0 : 2 * a.mean * b.mean),
  pair: a.pair + b.pair + (a.mean === 0 || b.mean === 0 ? 0 : 2 * a.mean * b.mean),
  mean: a.mean + b.mean,
  gaussian: a.gaussian && b.gaussian,
});
