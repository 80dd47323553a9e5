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
  for (const size of sizes) {
    let v: Float64Array = new Float64Array(size).fill(1 / size);
    for (let l = 0; l < depth; l++) {
      const next = throughLayer(v, kernel);
      const rate = next.reduce((s, x) => s + x, 0);
      lnFactor += Math.log(rate);
      v = next.map((x) => x / rate);
    }
    perLayer *= borderRate(size, kernel);
  }
  return { lnFactor, perLayer };
}

/** One layer of the stack along one axis: the mean over the kernel, zeros outside. */
function throughLayer(v: Float64Array, kernel: number): Float64Array {
  const half = (kernel - 1) / 2;
  return v.map((_, i) => {
    let sum = 0;
    for (let j = Math.max(0, Math.ceil(i - half)); j <= Math.min(v.length - 1, i + half); j++) sum += v[j]!;
    return sum / kernel;
  });
}

/**
 * The share of the square that a layer of the stack keeps along one axis in the long run: the largest eigenvalue of its matrix, for kernel 3
 * (1 + 2cos(π/(size + 1)))/3, else by power iteration, read off by Rayleigh's quotient.
 */
export function borderRate(size: number, kernel: number): number {
  if (kernel === 3) return (1 + 2 * Math.cos(Math.PI / (size + 1))) / 3;
  let v: Float64Array = Float64Array.from({ length: size }, (_, i) => Math.sin((Math.PI * (i + 1)) / (size + 1)));
  let rate = 0;
  for (let k = 0; k < 2000; k++) {
    const next = throughLayer(v, kernel);
    const dot = next.reduce((s, x, i) => s + x * v[i]!, 0);
    const norm = Math.sqrt(next.reduce((s, x) => s + x * x, 0));
    const before = rate;
    rate = dot / v.reduce((s, x) => s + x * x, 0);
    v = next.map((x) => x / norm);
    if (Math.abs(rate - before) < 1e-15) break;
  }
  return rate;
}

/** A convolution along one axis. */
export interface WindowAxis {
  /** Positions of the map that it reads. */
  readonly size: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  /** Zeros before the map. */
  readonly before: number;
  readonly outputs: number;
}

/** The share of all products along one axis that fall on the map, not on the zeros around it: what one layer keeps of the square, where all positions are alike; NaN without outputs. */
export function insideShare({ size, taps, stride, dilation, before, outputs }: WindowAxis): number {
  let inside = 0;
  for (let o = 0; o < outputs; o++) {
    for (let k = 0; k < taps; k++) {
      const at = o * stride + k * dilation - before;
      if (at >= 0 && at < size) inside++;
    }
  }
  return inside / (outputs * taps);
}
