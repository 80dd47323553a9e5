import type { Activation } from "../activation.js";
import { predictionOf } from "../prediction.js";
import type { Prediction } from "../prediction.js";
import { layerRecursion } from "../recursion.js";
import { widthFluctuation } from "./finite-width.js";

/** A plain net x_l = φ(W_l·x_{l−1} + b_l), or a convolutional one with circular padding. */
export interface PlainNet {
  readonly phi: Activation;
  readonly sigmaW2: number | readonly number[];
  readonly sigmaB2?: number | readonly number[];
  readonly depth: number;
  /** Widths n_0 … n_L (of a convolution the fan-in, channels times kernel size), or one for all; absent: infinite. */
  readonly width?: number | readonly number[];
  readonly inputSquare?: number;
  readonly inputCorrelation?: number;
}

/** Predicts ln G of a plain net: Σ ln χ₁(q_l) by the layer-by-layer recursion, with the log-normal fluctuation of a finite width. */
export function plainLaw(net: PlainNet): Prediction {
  const { phi, depth, width } = net;
  const layers = layerRecursion(net);
  const n = (l: number): number => (typeof width === "number" ? width : (width?.[l] ?? Infinity));
  const sigmaW2 = (l: number): number => (typeof net.sigmaW2 === "number" ? net.sigmaW2 : net.sigmaW2[l]!);
  const fluctuation =
    width === undefined
      ? { variance: 0, shift: 0 }
      : widthFluctuation(
          phi,
          layers.map(({ q }, l) => ({ q, sigmaW2: sigmaW2(l), fanIn: n(l), fanOut: n(l + 1) })),
        );
  const narrowest = width === undefined ? Infinity : Math.min(...Array.from({ length: depth + 1 }, (_, l) => n(l)));
  const { variance, shift } = fluctuation;
  const c = net.inputCorrelation;
  const p = predictionOf(
    layers.map((l) => Math.log(l.chi)),
    [net.inputSquare ?? 1, ...layers.map((l) => l.square)],
    {
      variance,
      // Terms of the second order in 1/width.
      band: (variance * variance) / 16 + (3 * variance) / narrowest,
      assumptions: [
        "weights independent, mean 0, variance σ_w²/fan-in; biases of variance σ_b²",
        "the gradient at the output is independent of the forward pass",
        width === undefined ? "width → ∞" : "one example, to first order in 1/width; a batch fluctuates as one example where its examples are alike",
      ],
      source: phi.homogeneous
        ? "Schoenholz et al. 2017, equation 9; Hanin 2018, theorem 1"
        : "Schoenholz et al. 2017, equation 9; own derivation to first order in 1/width",
      ...(c === undefined ? {} : { correlations: [c, ...layers.map((l) => l.outputCorrelation!)] }),
    },
  );
  return { ...p, lnExpected: p.lnExpected + shift + variance / 2, meanLn: p.lnExpected + shift };
}
