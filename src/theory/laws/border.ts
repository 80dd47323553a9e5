/** A stack of stride-1 convolutions with zero padding "same". */
export interface BorderStack {
  /** Positions along each spatial axis. */
  readonly sizes: readonly number[];
  /** Kernel size along each (odd; default 3). */
  readonly kernel?: number;
  readonly depth: number;
}

/** What zero padding costs: positions at the border receive fewer products than fan-in initialisation counts on. */
export interface BorderEffect {
  /** ln of the factor on the squared gradient (and on the mean square) over the whole stack, exact for the given depth. */
  readonly lnFactor: number;
  /** Factor per layer in the long run: the largest eigenvalue, for kernel 3 Π ((1 + 2cos(π/(S+1)))/3). */
  readonly perLayer: number;
}

/**
 * The squared gradient at position i is the mean over the kernel of those at its neighbours, 0 outside: one matrix per axis, banded, each row
 * divided by the kernel size. Its powers on a constant give the exact factor, its largest eigenvalue the rate. Assumes fan-in weights that are
 * independent over positions of the kernel.
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

/** The largest eigenvalue of a symmetric operator with positive entries: power iteration, read off by Rayleigh's quotient. */
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
