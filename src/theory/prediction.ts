/** What a law says of one layer or block, counted from the input. */
export interface LayerPrediction {
  /** 0 is the input. */
  readonly depth: number;
  /** ln E‖g_depth‖² − ln ‖g_L‖²: the squared gradient over that at the output, summed over features and space. */
  readonly lnGradientSquare: number;
  /** ln of the mean over features of x². */
  readonly lnMeanSquare: number;
  /** Correlation of two examples, where the law follows it. */
  readonly correlation?: number;
}

/** A law's prediction of G = ‖g_0‖²/‖g_L‖², the squared gradient at the input over that at the output, over draws of the weights. */
export interface Prediction {
  /** ln E[G]. */
  readonly lnExpected: number;
  /** E[ln G]: what a mean of logarithms is held against. */
  readonly meanLn: number;
  /** Standard deviation of ln G over draws of the weights, one example; null where the law does not give it. */
  readonly sdLn: number | null;
  /** How far a measured mean of ln G may lie from `meanLn` because the network is finite: absolute, on ln G. */
  readonly band: number;
  /** Input to output. */
  readonly profile?: readonly LayerPrediction[];
  readonly assumptions: readonly string[];
  /** Paper and equation, or where the formula was derived. */
  readonly source: string;
}

/** Where no law is known, the reason; never a guess. */
export interface Unknown {
  readonly unknown: string;
}

/** Whether a law had an answer. */
export const isKnown = <T extends object>(p: T | Unknown): p is T => !("unknown" in p);

/** The profile of a chain of layers from each one's ln of the squared gain, and the mean squares of the values between them (one more). */
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

/** Σ ln gain, and the rest of a prediction from the spread of ln G over draws. */
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
