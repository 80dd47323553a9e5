import type { Activation } from "../activation.js";
import { attractor, chi1 } from "../fixed-point.js";
import { predictionOf } from "../prediction.js";
import type { Prediction } from "../prediction.js";
import { layerRecursion } from "../recursion.js";
import { widthFluctuation } from "./finite-width.js";

/** A recurrent net h_t = φ(W·h_{t−1} + u_t) with one W for all steps. */
export interface RecurrentNet {
  readonly phi: Activation;
  /** σ_w² of W ~ N(0, σ_w²/n). */
  readonly sigmaW2: number;
  readonly steps: number;
  /** Variance of u_t = U·x_t + b, the input's part of the pre-activation (default 0). */
  readonly inputVariance?: number;
  /** Mean square of h_0 (default 0; then the first pre-activation is the input's). */
  readonly stateSquare?: number;
  readonly width?: number;
}

/**
 * Predicts ln of the squared gradient at h_0 over that at h_T: Σ ln σ_w²·E[φ′²] at the length of every step (Pascanu, Mikolov & Bengio 2013, §2.1, in the
 * mean-field form of Chen, Pennington & Schoenholz 2018). Assumes that the shared weights act like independent ones at every step.
 */
export function recurrentLaw(net: RecurrentNet): Prediction {
  const { phi, sigmaW2, steps, inputVariance = 0, stateSquare = 0, width } = net;
  const layers = layerRecursion({ phi, sigmaW2, sigmaB2: inputVariance, depth: steps, inputSquare: stateSquare });
  const { variance, shift } =
    width === undefined
      ? { variance: 0, shift: 0 }
      : widthFluctuation(
          phi,
          layers.map(({ q }) => ({ q, sigmaW2, fanIn: width, fanOut: width })),
        );
  const p = predictionOf(
    layers.map((l) => Math.log(l.chi)),
    [stateSquare, ...layers.map((l) => l.square)],
    {
      variance,
      band: variance,
      assumptions: [
        "inputs are fresh at every step",
        "width → ∞, where tied weights act like fresh ones; at finite width the fluctuation is that of fresh weights",
      ],
      source: "Pascanu, Mikolov & Bengio 2013; Chen, Pennington & Schoenholz 2018",
    },
  );
  return { ...p, lnExpected: p.lnExpected + shift + variance / 2, meanLn: p.lnExpected + shift };
}

/** Computes the squared gain per step in the limit of many steps, at the length q to which the state converges; q is null where every length is a fixed point. */
export function recurrentGain(net: Omit<RecurrentNet, "steps">): { readonly gain: number; readonly q: number | null } {
  const { phi, sigmaW2, inputVariance = 0 } = net;
  const q = attractor({ phi, sigmaW2, sigmaB2: inputVariance }, Math.max(inputVariance, 1e-6) + sigmaW2 * (net.stateSquare ?? 0));
  return { gain: chi1({ phi, sigmaW2 }, q === null || q === Infinity ? 1 : q), q };
}
