/** The largest squared singular value of a product of L Gaussian matrices [n, n] with entries of variance 1/n. */
export interface LargestSingular {
  /** Its limit as n → ∞. */
  readonly limit: number;
  /** Its mean at width n to leading order, below the limit by the fluctuation at the spectrum's edge. */
  readonly expected: number;
  /** Standard deviation over draws, and the error of the leading order, both absolute. */
  readonly sd: number;
  readonly band: number;
  readonly source: string;
}

/** Mean and standard deviation of the Tracy–Widom law of real matrices (β = 1). */
const TRACY_WIDOM = { mean: -1.206533574582, sd: 1.268034058 };

/**
 * Predicts s_max² of a product of L independent Gaussian matrices: (L+1)^{L+1}/L^L, the edge of the Fuss–Catalan law, about e·(L+1) for large L (1 for
 * orthogonal matrices). At finite n the edge fluctuates as (n·A)^{−2/3} times a Tracy–Widom variable, A the coefficient of √(edge − x)/π in the density. With
 * the parametrisation x = sin^{L+1}((L+1)φ)/(sin φ·sin^L(Lφ)) of the law, A = L^{L−1}/(L+1)^L / √(edge·L(L+1)/2) (own derivation; ¼ at L = 1, as in
 * Marchenko–Pastur's law).
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
