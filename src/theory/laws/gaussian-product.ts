/** The largest squared singular value of a product of L square matrices of n × n, scaled to keep lengths. */
export interface LargestSingular {
  /** Its limit as n → ∞. */
  readonly limit: number;
  /** Its mean at width n: the limit lowered by the soft edge's fluctuation, to leading order. */
  readonly expected: number;
  /** Spread of one draw, and what the leading order may miss, absolute. */
  readonly sd: number;
  readonly band: number;
  readonly source: string;
}

/** Mean and standard deviation of the Tracy–Widom law of real matrices (β = 1). */
const TRACY_WIDOM = { mean: -1.206533574582, sd: 1.268034058 };

/**
 * s_max² of a product of L independent Gaussian matrices, entries of variance 1/n: (L+1)^{L+1}/L^L, the edge of the Fuss–Catalan law, e·(L+1) for
 * many; orthogonal factors give 1. At finite n the edge fluctuates by (n·A)^{−2/3} Tracy–Widom units, A the coefficient of √(edge − x)/π in the density: with the law's
 * parametrisation x = sin^{L+1}((L+1)φ)/(sin φ·sin^L(Lφ)), A = L^{L−1}/(L+1)^L / √(edge·L(L+1)/2) (own derivation; Marchenko–Pastur's ¼ at L = 1).
 */
export function gaussianProduct(depth: number, width: number): LargestSingular {
  const limit = Math.exp((depth + 1) * Math.log(depth + 1) - (depth === 0 ? 0 : depth * Math.log(depth)));
  const source = "Fuss–Catalan edge (Penson & Życzkowski 2011); Saxe, McClelland & Ganguli 2013 for its use; own edge scale";
  if (depth === 0) return { limit: 1, expected: 1, sd: 0, band: 0, source };
  const a = Math.exp((depth - 1) * Math.log(depth) - depth * Math.log(depth + 1)) / Math.sqrt((limit * depth * (depth + 1)) / 2);
  const unit = (width * a) ** (-2 / 3);
  const shift = TRACY_WIDOM.mean * unit;
  return { limit, expected: limit + shift, sd: TRACY_WIDOM.sd * unit, band: Math.abs(shift) / 2, source };
}
