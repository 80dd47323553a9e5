import { normalExpectation } from "../../math/quadrature.js";
import type { Activation } from "../activation.js";
import { meanMoment, slopeMoment, squareMoment } from "../moments.js";
import { predictionOf } from "../prediction.js";
import type { Prediction } from "../prediction.js";
import { gatedGains, lnWithPart } from "./highway-width.js";
import type { GateMoments, GatedLayer } from "./highway-width.js";

/** A Highway net of layers y = T·h + (1 − T)·x with h = φ(W·x) (or W·φ(x)) and T = σ(W_T·x + b_T). */
export interface HighwayNet {
  readonly phi: Activation;
  readonly depth: number;
  /** b_T. */
  readonly gateBias: number;
  /** σ_w² of W. */
  readonly sigmaW2: number;
  /** σ² of the gate's weights (default 0: the gate is its bias). */
  readonly gateSigma2?: number;
  /** The order of weights and activation in the branch: h = φ(W·x) (default), or W·φ(x), which has mean 0. */
  readonly branch?: "act-last" | "linear-last";
  readonly inputSquare?: number;
  readonly width?: number;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/**
 * Predicts ln G of a Highway net (Srivastava et al. 2015). In the wide limit the squared gain of a block is E[(1−T)²] + E[T²]·χ + σ_T²·E[T′²]·E[(h−x)²]; for
 * a constant gate G is ((1−T)² + T²·χ)^L. Forward, h = φ(W·x) and x have means, so q′ = E[T²]·E[h²] + E[(1−T)²]·q + 2·E[T(1−T)]·E[h]·E[x] grows faster.
 * With a `width` and a branch that ends in φ, the gradient's component along equal features, a share 1/n, is included ({@link gatedGains}). It grows as fast
 * as the activations, so that the wide limit holds only for n ≫ (forward gain/backward gain)^L: for χ = 4, b = −1, L = 40 it needs n ≫ 10^6.
 */
export function highwayLaw(net: HighwayNet): Prediction {
  const { phi, depth, gateBias, sigmaW2, gateSigma2 = 0, branch = "act-last", width } = net;
  let square = net.inputSquare ?? 1;
  let mean = 0;
  const lnGains: number[] = [];
  const squares = [square];
  const layers: GatedLayer[] = [];
  let [variance, rare] = [0, 0];
  for (let l = 0; l < depth; l++) {
    const gate = gateMoments(gateBias, gateSigma2 * square);
    const q = branch === "act-last" ? sigmaW2 * square : square;
    const hSquare = branch === "act-last" ? squareMoment(phi, q) : sigmaW2 * squareMoment(phi, q);
    const hMean = branch === "act-last" ? meanMoment(phi, q) : 0;
    const through = gate.pass2 * sigmaW2 * slopeMoment(phi, q);
    const fresh = through + gateSigma2 * gate.slope2 * (hSquare - 2 * hMean * mean + square);
    const gain = gate.carry2 + fresh;
    if (width !== undefined && gateSigma2 > 0) rare += ((9 * gate.slope4) / (width * gate.slope2 ** 2)) * ((fresh - through) / gain) ** 2;
    if (width !== undefined) variance += (4 * through * gate.carry2 + 5 * through * through) / (width * gain * gain);
    lnGains.push(Math.log(gain));
    const squareOut = gate.pass2 * hSquare + gate.carry2 * square + 2 * gate.both * hMean * mean;
    const meanOut = gate.pass * hMean + (1 - gate.pass) * mean;
    layers.push({ gate, phi, q, mean, square, meanOut, squareOut, fresh });
    [square, mean] = [squareOut, meanOut];
    squares.push(square);
  }
  const finite = width !== undefined && branch === "act-last";
  const gains = finite ? gatedGains(layers, width) : lnGains;
  const p = predictionOf(gains, squares, {
    variance,
    // Where gates saturate, T′ is large at few units only, and a typical draw lies below the mean.
    band: variance / 2 + 2 * rare,
    assumptions: [
      finite
        ? "fresh independent weights of mean 0; one example and a random cotangent, to first order in 1/width"
        : "fresh independent weights of mean 0, width → ∞",
      gateSigma2 === 0 ? "the gate is its bias: T = σ(b)" : "gate pre-activations ~ N(b, σ_T²·q), independent of the branch's weights",
      ...(width === undefined ? [] : ["fluctuation: leading order in 1/width"]),
    ],
    source: finite
      ? "own derivation: Srivastava, Greff & Schmidhuber 2015, equation 3, with the mean Jacobian's share along equal features"
      : "Srivastava, Greff & Schmidhuber 2015, equation 3; own recursion",
  });
  if (!finite) return p;
  const wide = lnGains.reduce((s, g) => s + g, 0);
  const share = Math.expm1(p.lnExpected - wide);
  const part = lnWithPart(share);
  // The component along equal features is one Gaussian number; the rest fluctuates by its masks and weights.
  const own = variance / (1 + Math.max(0, share));
  const meanLn = wide + part.mean - own / 2;
  return { ...p, meanLn, sdLn: Math.sqrt(variance + part.variance), band: p.band + 0.02 * Math.abs(meanLn - wide) };
}

/** Moments of T = σ(t), t ~ N(b, variance). */
function gateMoments(bias: number, variance: number): GateMoments {
  const over = (f: (pass: number, slope: number, apart: number) => number): number =>
    normalExpectation((t) => f(sigmoid(t), sigmoid(t) * (1 - sigmoid(t)), t - bias), { mean: bias, sd: Math.sqrt(variance) });
  return {
    pass: over((t) => t),
    pass2: over((t) => t * t),
    carry2: over((t) => (1 - t) * (1 - t)),
    both: over((t) => t * (1 - t)),
    slope2: over((_, s) => s * s),
    slope4: over((_, s) => s ** 4),
    lean: over((_, s, a) => s * a),
    lean2: over((_, s, a) => (s * a) ** 2),
    passLean: over((t, s, a) => t * s * a),
  };
}

/**
 * Computes the thresholds on the branch's squared gain χ for a constant gate T ∈ (0, 1]. In the wide limit gradients explode for χ above `explodes` =
 * (2−T)/T, and vanish more slowly than a plain net's for χ below `helps` = (1−T)/(1+T) only. At any fixed width and large depth, nets of ReLU branches
 * φ(W·x) explode for χ above `explodesDeep` = (2−T)/(T + 2(1−T)/π), from which the activations grow ({@link highwayDeepGain}).
 */
export function highwayThresholds(gate: number): { readonly explodes: number; readonly explodesDeep: number; readonly helps: number } {
  return { explodes: (2 - gate) / gate, explodesDeep: (2 - gate) / (gate + (2 * (1 - gate)) / Math.PI), helps: (1 - gate) / (1 + gate) };
}

/**
 * Computes the squared gain ρ per layer of a Highway net with ReLU branches φ(W·x) and a constant gate T ∈ (0, 1], of the activations, and of the gradient
 * at a fixed width in the limit of depth: the root of (√ρ − (1−T))·(ρ − (1−T)² − T²χ) = 2T²(1−T)·χ/π. Own derivation, from the condition that the
 * features' mean m and mean square q keep the ratio m/√q.
 */
export function highwayDeepGain(gate: number, chi: number): number {
  const carry = 1 - gate;
  const mu = Math.sqrt(chi / Math.PI);
  const left = (root: number): number => (root - carry) * (root * root - carry * carry - gate * gate * chi) - 2 * gate * gate * carry * mu * mu;
  let low = Math.sqrt(carry * carry + gate * gate * chi);
  let high = carry + gate * Math.sqrt(chi) + 1e-12;
  for (let k = 0; k < 200; k++) {
    const middle = (low + high) / 2;
    if (left(middle) > 0) high = middle;
    else low = middle;
  }
  return low * low;
}
