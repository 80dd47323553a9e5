import type { Activation } from "./activation.js";
import { chi1 } from "./fixed-point.js";
import { squareMoment, squarePair } from "./moments.js";

/** A stack of plain layers x_l = φ(W_l·x_{l−1} + b_l). */
export interface LayerStack {
  readonly phi: Activation;
  /** σ_w² (weights ~ N(0, σ_w²/fan-in)) and σ_b² (default 0) of every layer, or one number for all. */
  readonly sigmaW2: number | readonly number[];
  readonly sigmaB2?: number | readonly number[];
  readonly depth: number;
  /** Mean square of the input's features (default 1). */
  readonly inputSquare?: number;
  /** Correlation of two inputs; without it no correlations are computed. */
  readonly inputCorrelation?: number;
}

/** The mean-field quantities of one layer. */
export interface StackLayer {
  /** Variance of the pre-activations. */
  readonly q: number;
  /** χ₁(q), the expected squared gradient at the layer's input over that at its output. */
  readonly chi: number;
  /** Mean square of the layer's output. */
  readonly square: number;
  /** Correlation of two examples' pre-activations, and E[x·y]/√(E[x²]·E[y²]) of their outputs. */
  readonly correlation?: number;
  readonly outputCorrelation?: number;
}

const each = (v: number | readonly number[] | undefined, l: number): number => (typeof v === "number" ? v : (v?.[l] ?? 0));

/**
 * Computes lengths, gains and correlations layer by layer in the limit of infinite width: q_l = σ_w²·E[x_{l−1}²] + σ_b², χ_l = σ_w²·E[φ′²] at q_l (Poole et
 * al. 2016; Schoenholz et al. 2017).
 */
export function layerRecursion(stack: LayerStack): readonly StackLayer[] {
  const { phi, depth } = stack;
  const layers: StackLayer[] = [];
  let square = stack.inputSquare ?? 1;
  let product = stack.inputCorrelation === undefined ? undefined : stack.inputCorrelation * square;
  for (let l = 0; l < depth; l++) {
    const [sigmaW2, sigmaB2] = [each(stack.sigmaW2, l), each(stack.sigmaB2, l)];
    const q = sigmaW2 * square + sigmaB2;
    const correlation = product === undefined ? undefined : (sigmaW2 * product + sigmaB2) / q;
    square = squareMoment(phi, q);
    product = correlation === undefined ? undefined : squarePair(phi, q, correlation);
    layers.push({
      q,
      chi: chi1({ phi, sigmaW2 }, q),
      square,
      ...(correlation === undefined ? {} : { correlation, outputCorrelation: product! / square }),
    });
  }
  return layers;
}
