import { normalExpectation } from "../../util/quadrature.js";
import type { Activation } from "../activation.js";
import { meanMoment, slopeMoment, squareMoment } from "../moments.js";
import { predictionOf } from "../prediction.js";
import type { Prediction } from "../prediction.js";

/** y = T·h + (1 − T)·x with h = φ(W·x) (or W·φ(x)) and T = σ(W_T·x + b_T). */
export interface HighwayNet {
  readonly phi: Activation;
  readonly depth: number;
  /** b_T. */
  readonly gateBias: number;
  /** σ_w² of W. */
  readonly sigmaW2: number;
  /** σ² of the gate's weights (default 0: the gate is its bias). */
  readonly gateSigma2?: number;
  /** Where the activation of the branch stands: h = φ(W·x) (default) or W·φ(x), which has mean 0. */
  readonly branch?: "act-last" | "linear-last";
  readonly inputSquare?: number;
  readonly width?: number;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * ln G of a Highway net (Srivastava et al. 2015) by the exact recursion: each block multiplies by E[(1−T)²] + E[T²]·χ + σ_T²·E[T′²]·E[(h−x)²].
 * With the gate at its bias this is ((1−T)² + T²·χ)^L: below 1 for χ < (2−T)/T. Forward, h and x share means: q′ = E[T²]·E[h²] + E[(1−T)²]·q +
 * 2·E[T(1−T)]·E[h]·E[x].
 */
export function highwayLaw(net: HighwayNet): Prediction {
  const { phi, depth, gateBias, sigmaW2, gateSigma2 = 0, branch = "act-last", width } = net;
  let square = net.inputSquare ?? 1;
  let mean = 0;
  const lnGains: number[] = [];
  const squares = [square];
  let variance = 0;
  for (let l = 0; l < depth; l++) {
    const gate = gateMoments(gateBias, gateSigma2 * square);
    const q = branch === "act-last" ? sigmaW2 * square : square;
    const hSquare = branch === "act-last" ? squareMoment(phi, q) : sigmaW2 * squareMoment(phi, q);
    const hMean = branch === "act-last" ? meanMoment(phi, q) : 0;
    const chi = sigmaW2 * slopeMoment(phi, q);
    const apart = hSquare - 2 * hMean * mean + square;
    const gain = gate.carry2 + gate.pass2 * chi + gateSigma2 * gate.slope2 * apart;
    const through = gate.pass2 * chi;
    if (width !== undefined) variance += (4 * through * gate.carry2 + 5 * through * through) / (width * gain * gain);
    lnGains.push(Math.log(gain));
    [square, mean] = [gate.pass2 * hSquare + gate.carry2 * square + 2 * gate.both * hMean * mean, gate.pass * hMean + (1 - gate.pass) * mean];
    squares.push(square);
  }
  return predictionOf(lnGains, squares, {
    variance,
    // Forward and backward vectors lean towards the direction of equal features that φ's mean feeds: an effect of depth over width.
    band: variance / 2 + (width === undefined ? 0 : (2 * depth) / width),
    assumptions: [
      "fresh independent weights of mean 0, width → ∞",
      gateSigma2 === 0 ? "the gate is its bias: T = σ(b)" : "gate pre-activations ~ N(b, σ_T²·q), independent of the branch's weights",
      ...(width === undefined ? [] : ["fluctuation: leading order in 1/width"]),
    ],
    source: "Srivastava, Greff & Schmidhuber 2015, equation 3; own recursion",
  });
}

/** E[T], E[T²], E[(1−T)²], E[T(1−T)], E[T′²] of T = σ(t), t ~ N(b, variance). */
function gateMoments(bias: number, variance: number): Readonly<Record<"pass" | "pass2" | "carry2" | "both" | "slope2", number>> {
  const over = (f: (t: number) => number): number => normalExpectation((t) => f(sigmoid(t)), { mean: bias, sd: Math.sqrt(variance) });
  return {
    pass: over((t) => t),
    pass2: over((t) => t * t),
    carry2: over((t) => (1 - t) * (1 - t)),
    both: over((t) => t * (1 - t)),
    slope2: over((t) => (t * (1 - t)) ** 2),
  };
}

/** For a constant gate T: gradients explode when χ is above `explodes` = (2−T)/T; they fall more slowly than a plain net's only when χ is below `helps` = (1−T)/(1+T). */
export function highwayThresholds(gate: number): { readonly explodes: number; readonly helps: number } {
  return { explodes: (2 - gate) / gate, helps: (1 - gate) / (1 + gate) };
}
