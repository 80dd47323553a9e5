/** Above this argument Stirling's series with the terms below is exact to double precision. */
const STIRLING_FROM = 12;

/** B₂ₖ / (2k·(2k−1)) for k = 1…7, the coefficients of Stirling's series. */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156];

/** Computes ln Γ(x) for x > 0 by Stirling's series, after x is raised above 12 by Γ(x) = Γ(x+1)/x. */
export function logGamma(x: number): number {
  let product = 1;
  while (x < STIRLING_FROM) product *= x++;
  let sum = 0;
  for (let k = STIRLING.length - 1; k >= 0; k--) sum = sum / (x * x) + STIRLING[k]!;
  return (x - 0.5) * Math.log(x) - x + Math.log(2 * Math.PI) / 2 + sum / x - Math.log(product);
}

/** 1/(1 + d₁/(1 + d₂/(1 + …))), the continued fraction of the incomplete beta function (Abramowitz & Stegun 26.5.8), by Lentz's method. */
function betaFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 - ((a + b) * x) / (a + 1);
  d = 1 / (Math.abs(d) < tiny ? tiny : d);
  let value = d;
  for (let m = 1; m < 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let step = 1;
    for (const term of [even, odd]) {
      d = 1 + term * d;
      c = 1 + term / c;
      d = 1 / (Math.abs(d) < tiny ? tiny : d);
      if (Math.abs(c) < tiny) c = tiny;
      step = c * d;
      value *= step;
    }
    if (Math.abs(step - 1) < 1e-16) break;
  }
  return value;
}

/** Computes the regularised incomplete beta function Iₓ(a, b) = ∫₀ˣ tᵃ⁻¹(1−t)ᵇ⁻¹ dt / B(a, b) ∈ [0, 1], for 0 ≤ x ≤ 1 and a, b > 0. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** Computes the upper tail probability P(T > t) of Student's distribution with `df` degrees of freedom, for t ≥ 0: ½·Iₓ(df/2, ½) at x = df/(df + t²). */
export function studentTail(t: number, df: number): number {
  return incompleteBeta(df / (df + t * t), df / 2, 0.5) / 2;
}

/** Computes the quantile of Student's distribution with `df` degrees of freedom, the t with P(T < t) = p, 0 < p < 1, by bisection. */
export function studentQuantile(p: number, df: number): number {
  if (p < 0.5) return -studentQuantile(1 - p, df);
  let low = 0;
  let high = 1;
  while (studentTail(high, df) > 1 - p && high < 1e300) high *= 2;
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (studentTail(middle, df) > 1 - p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
