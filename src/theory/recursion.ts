import type { Activation } from "./activation.js";
import { chi1 } from "./fixed-point.js";
import { squareMoment, squarePair } from "./moments.js";

/** A plain chain x_l = φ(W_l·x_{l−1} + b_l). */
export interface Chain {
  readonly phi: Activation;
  /** σ_w² (weights ~ N(0, σ_w²/fan-in)) and σ_b² of every layer, or one for all. */
  readonly sigmaW2: number | readonly number[];
  readonly sigmaB2?: number | readonly number[];
  readonly depth: number;
  /** Mean square of the input's features (default 1). */
  readonly inputSquare?: number;
  /** Correlation of two inputs, when correlations are wanted. */
  readonly inputCorrelation?: number;
}

/** One layer of the exact recursion. */
export interface ChainLayer {
  /** Variance of the pre-activations. */
  readonly q: number;
  /** χ₁(q): the squared gradient at the layer's input over that at its output. */
  readonly chi: number;
  /** Mean square of the layer's output. */
  readonly square: number;
  /** Correlation of two examples' pre-activations, and E[x·y]/√(E[x²]·E[y²]) of their outputs. */
  readonly correlation?: number;
  readonly outputCorrelation?: number;
}

const each = (v: number | readonly number[] | undefined, l: number): number => (typeof v === "number" ? v : (v?.[l] ?? 0));

/** The exact layer-by-layer recursion of lengths, gains and correlations: q_l = σ_w²·E[x_{l−1}²] + σ_b², χ_l = σ_w²·E[φ′²] at q_l. */
export function chainRecursion(chain: Chain): readonly ChainLayer[] {
  const { phi, depth } = chain;
  const layers: ChainLayer[] = [];
  let square = chain.inputSquare ?? 1;
  let product = chain.inputCorrelation === undefined ? undefined : chain.inputCorrelation * square;
  for (let l = 0; l < depth; l++) {
    const [sigmaW2, sigmaB2] = [each(chain.sigmaW2, l), each(chain.sigmaB2, l)];
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
