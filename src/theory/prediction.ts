/** A law's prediction at the output of one layer or block. */
export interface LayerPrediction {
  /** Number of layers or blocks from the input; 0 is the input. */
  readonly depth: number;
  /** ln E‖g_depth‖² − ln ‖g_L‖²: the squared gradient over that at the output, summed over features and space. */
  readonly lnGradientSquare: number;
  /** ln of the mean over features of x². */
  readonly lnMeanSquare: number;
  /** Correlation of two examples, where the law computes it. */
  readonly correlation?: number;
}

/** A law's prediction of G = ‖g_0‖²/‖g_L‖², the squared gradient at the input over that at the output, as a random variable of the weights. */
export interface Prediction {
  /** ln E[G]. */
  readonly lnExpected: number;
  /** E[ln G], with which a measured mean of logarithms is compared. */
  readonly meanLn: number;
  /** Standard deviation of ln G of one example over draws of the weights; null where the law does not give it. */
  readonly sdLn: number | null;
  /** The largest deviation of a measured mean of ln G from `meanLn` that the finite size of the network explains. */
  readonly band: number;
  /** From input (depth 0) to output. */
  readonly profile?: readonly LayerPrediction[];
  readonly assumptions: readonly string[];
  /** Paper and equation, or where the formula was derived. */
  readonly source: string;
}

/** The reason why no law is known. */
export interface Unknown {
  readonly unknown: string;
}

/** Whether a law gave a prediction. */
export const isKnown = <T extends object>(p: T | Unknown): p is T => !("unknown" in p);

/** Computes the profile of layers in series from the logarithms of their squared gains [depth], and the mean squares of the values between them [depth + 1]. */
function profileOf(lnGains: readonly number[], meanSquares: readonly number[], correlations?: readonly number[]): LayerPrediction[] {
  const profile: LayerPrediction[] = [];
  let ln = 0;
  for (let l = lnGains.length; l >= 0; l--) {
    if (l < lnGains.length) ln += lnGains[l]!;
    const c = correlations?.[l];
    profile.push({ depth: l, lnGradientSquare: ln, lnMeanSquare: Math.log(meanSquares[l]!), ...(c === undefined ? {} : { correlation: c }) });
  }
  return profile.reverse();
}

/** Makes a prediction from the logarithms of the layers' squared gains, ln E[G] = Σ ln gain, and the variance of ln G, which is assumed log-normal. */
export function predictionOf(
  lnGains: readonly number[],
  meanSquares: readonly number[],
  more: {
    readonly variance: number;
    readonly band: number;
    readonly assumptions: readonly string[];
    readonly source: string;
    readonly correlations?: readonly number[];
  },
): Prediction {
  const profile = profileOf(lnGains, meanSquares, more.correlations);
  const lnExpected = profile[0]!.lnGradientSquare;
  return {
    lnExpected,
    meanLn: lnExpected - more.variance / 2,
    sdLn: Math.sqrt(more.variance),
    band: more.band,
    profile,
    assumptions: more.assumptions,
    source: more.source,
  };
}
