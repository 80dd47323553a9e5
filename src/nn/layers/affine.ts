import { constant } from "../init/fill.js";
import type { Net } from "../net.js";
import type { Fans, Fill } from "../init/fill.js";
import { biasFill, weightFill } from "../init/scheme.js";

/** Options of every layer with weights. */
export interface AffineOptions {
  /** Adds a bias (default true). */
  readonly bias?: boolean;
  /** Draws the bias (default: N(0, σ_b²) of the network's init). */
  readonly biasFill?: Fill;
  /** Multiplies the weights as they are drawn (default 1). */
  readonly scale?: number;
  /** Draws the weights in another way than the network's init. */
  readonly fill?: (fans: Fans) => Fill;
}

/** Options of a convolution. */
export interface ConvOptions extends AffineOptions {
  /** Height and width of the kernel in elements (default 3). */
  readonly kernel?: number;
  readonly stride?: number;
  readonly groups?: number;
  /** Padding of the maps: zeros (default), or circular, from the opposite side. Either keeps the size at stride 1. */
  readonly padding?: Padding;
  /**
   * Scaled weight standardisation: convolves with γ·(W − μ)/(σ·√fan-in), where μ and σ are mean and standard deviation of the kernel of each
   * output channel, and γ is trainable (Brock, De & Smith 2021, equation 1).
   */
  readonly standardised?: boolean;
}

export const PADDINGS = ["zeros", "circular"] as const;
export type Padding = (typeof PADDINGS)[number];

const weight = (net: Net, shape: readonly number[], fans: Fans, o: AffineOptions): string =>
  net.parameter("weight", shape, o.fill ? o.fill(fans) : weightFill(net.init, fans, o.scale));
const biasOf = (net: Net, size: number, o: AffineOptions): string | undefined =>
  o.bias === false ? undefined : net.parameter("bias", [size], o.biasFill ?? biasFill(net.init));

/**
 * Appends a linear layer y = x·Wᵀ + b over the last axis: [N, in] → [N, out] as one Gemm with W [out, in], or [N, T, in] → [N, T, out] as MatMul
 * with W [in, out] and Add. Parameters: `weight`, `bias` [out].
 */
export function linear(net: Net, x: string, out: number, o: AffineOptions = {}): string {
  const { b } = net;
  const shape = b.shape(x);
  const size = shape[shape.length - 1]!;
  const fans = { in: size, out };
  if (shape.length === 2) {
    const w = weight(net, [out, size], fans, o);
    const bias = biasOf(net, out, o);
    return b.op("Gemm", bias === undefined ? [x, w] : [x, w, bias], { transB: 1 });
  }
  const y = b.matmul(x, weight(net, [size, out], fans, o));
  const bias = biasOf(net, out, o);
  return bias === undefined ? y : b.add(y, bias);
}

/** Appends a convolution of maps [N, C, H, W] with square kernels. Parameters: `weight` [out, C/groups, k, k], `bias` [out]. */
export function conv(net: Net, x: string, out: number, o: ConvOptions = {}): string {
  const { b } = net;
  const { kernel = 3, stride = 1, groups = 1, padding = "zeros" } = o;
  const channels = b.shape(x)[1]! / groups;
  const around = Math.floor(kernel / 2);
  const wraps = padding === "circular" && around > 0;
  const from = wraps ? b.op("Pad", [x, b.ints([0, 0, around, around, 0, 0, around, around])], { mode: "wrap" }) : x;
  const w = weight(net, [out, channels, kernel, kernel], { in: channels * kernel ** 2, out: (out / groups) * kernel ** 2 }, o);
  const kernels = o.standardised ? standardised(net, w) : w;
  const bias = biasOf(net, out, o);
  const pads = new Array<number>(4).fill(wraps ? 0 : around);
  const attrs = { kernel_shape: [kernel, kernel], pads, strides: [stride, stride], ...(groups === 1 ? {} : { group: groups }) };
  return b.op("Conv", bias === undefined ? [from, kernels] : [from, kernels, bias], attrs);
}

/** Appends the standardised kernels of `w` [out, in, k, k]. Parameter: `gain` [out, 1, 1, 1]. */
function standardised(net: Net, w: string): string {
  const { b } = net;
  const [out, ...rest] = b.shape(w);
  const fan = rest.reduce((n, d) => n * d, 1);
  return net.within("standardised", () => {
    const centred = b.sub(w, b.op("ReduceMean", [w, b.ints([1, 2, 3])], { keepdims: 1 }));
    const squares = b.op("ReduceSum", [b.square(centred), b.ints([1, 2, 3])], { keepdims: 1 });
    const gain = net.parameter("gain", [out!, ...rest.map(() => 1)], constant(1));
    // Σ(w − μ)² is fan·σ².
    return b.mul(b.div(centred, b.sqrt(b.shift(squares, 1e-4 / fan))), gain);
  });
}

/** Appends a layer with weights: a convolution for maps [N, C, H, W], a linear layer for other shapes. */
export const affine = (net: Net, x: string, out: number, o: ConvOptions = {}): string =>
  net.b.shape(x).length === 4 ? conv(net, x, out, o) : linear(net, x, out, o);
