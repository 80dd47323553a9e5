const SQRT_PI = Math.sqrt(Math.PI);

/** Below this |x| the series is used, above it the continued fraction. */
const SERIES_LIMIT = 2.5;

/** e^(−x²) to full relative accuracy: x is split into a float32 part and a rest, so that x² is not rounded before the exponential. */
function expMinusSquare(x: number): number {
  const high = Math.fround(x);
  return Math.exp(-high * high) * Math.exp(-(x - high) * (x + high));
}

/** erf x = 2/√π · e^(−x²) · Σₙ 2ⁿ·x²ⁿ⁺¹ / (1·3·…·(2n+1)): every term has the sign of x, so nothing cancels. */
function series(x: number): number {
  const step = 2 * x * x;
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= step / (2 * n + 1);
    sum += term;
  }
  return (2 / SQRT_PI) * expMinusSquare(x) * sum;
}

/** 1 − erf x = e^(−x²)/√π · 1/(x + ½/(x + 1/(x + 3⁄2/(x + …)))), for x ≥ 2.5, where 60 levels suffice (Abramowitz & Stegun 7.1.14). */
function continuedFraction(x: number): number {
  let tail = x;
  for (let k = 60; k > 0; k--) tail = x + k / 2 / tail;
  return expMinusSquare(x) / (SQRT_PI * tail);
}

/** Computes the error function, erf x = 2/√π · ∫₀ˣ e^(−t²) dt ∈ [−1, 1], with a relative error of about 1e-15; NaN for NaN. */
export function erf(x: number): number {
  if (Number.isNaN(x)) return x;
  const size = Math.abs(x);
  if (size < SERIES_LIMIT) return x === 0 ? x : series(x);
  const value = size > 6 ? 1 : 1 - continuedFraction(size);
  return x < 0 ? -value : value;
}
