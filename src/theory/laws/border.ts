/** A stack of stride-1 convolutions with zero padding "same". */
export interface BorderStack {
  /** Positions along each spatial axis. */
  readonly sizes: readonly number[];
  /** Kernel size along each spatial axis (odd; default 3). */
  readonly kernel?: number;
  readonly depth: number;
}

/** The loss by zero padding: positions at the border sum fewer products than the fan-in by which weights are initialised. */
export interface BorderEffect {
  /** ln of the factor on the squared gradient (and on the mean square of activations) over the whole stack, exact for the given depth. */
  readonly lnFactor: number;
  /** Factor per layer in the limit of depth, the largest eigenvalue; for kernel 3 Π ((1 + 2cos(π/(S+1)))/3) over axes of size S. */
  readonly perLayer: number;
}

/**
 * Computes the factor by zero padding. The squared gradient at a position is the mean over the kernel of those at its neighbours, 0 outside: for each axis
 * a banded matrix of 1/(kernel size). Its powers applied to a constant give the exact factor, its largest eigenvalue the factor per layer. Assumes fan-in
 * weights that are independent over positions of the kernel. Own derivation.
 */
export function borderEffect({ sizes, kernel = 3, depth }: BorderStack): BorderEffect {
  let [lnFactor, perLayer] = [0, 1];
  const half = (kernel - 1) / 2;
  for (const size of sizes) {
    const step = (v: Float64Array): Float64Array =>
      v.map((_, i) => {
        let sum = 0;
        for (let j = Math.max(0, i - half); j <= Math.min(size - 1, i + half); j++) sum += v[j]!;
        return sum / kernel;
      });
    const total = (v: Float64Array): number => v.reduce((s, x) => s + x, 0);
    let v: Float64Array = new Float64Array(size).fill(1 / size);
    for (let l = 0; l < depth; l++) {
      const next = step(v);
      const rate = total(next);
      lnFactor += Math.log(rate);
      v = next.map((x) => x / rate);
    }
    perLayer *= eigenvalue(step, size);
  }
  return { lnFactor, perLayer };
}

/** The largest eigenvalue of a symmetric operator with non-negative entries, by power iteration with Rayleigh's quotient. */
function eigenvalue(step: (v: Float64Array) => Float64Array, size: number): number {
  let v: Float64Array = Float64Array.from({ length: size }, (_, i) => Math.sin((Math.PI * (i + 1)) / (size + 1)));
  let rate = 0;
  for (let k = 0; k < 2000; k++) {
    const next = step(v);
    const dot = next.reduce((s, x, i) => s + x * v[i]!, 0);
    const norm = Math.sqrt(next.reduce((s, x) => s + x * x, 0));
    const before = rate;
    rate = dot / v.reduce((s, x) => s + x * x, 0);
    v = next.map((x) => x / norm);
    if (Math.abs(rate - before) < 1e-15) break;
  }
  return rate;
}
