import { constant } from "../init/fill.js";
import type { Net } from "../net.js";

/** Names of the norms: the kinds `NormKind` of `structure/`, or none. */
export const NORMS = ["none", "batch", "layer", "group", "instance", "rms"] as const;
export type Norm = (typeof NORMS)[number];

/** Options of a norm. */
export interface NormOptions {
  readonly epsilon?: number;
  /** Number of groups of a group norm (default 8): reduced to the largest divisor of the channels. */
  readonly groups?: number;
  /** Initial value of the trainable factor γ (default 1). */
  readonly gamma?: number;
}

/**
 * Appends γ·(x − μ)/√(σ² + ε) + β. Mean μ and variance σ² are taken over the batch and all positions for each channel (`batch`, in training mode),
 * or, for each example, over all elements (`layer`; in sequences [N, T, d] over d for each position), over each group of channels (`group`), or over
 * each channel (`instance`). `rms` divides by √(mean x² + ε) over the same elements as `layer`, without μ and β. Parameters: `scale` (γ) and `bias`
 * (β), one element for each channel; for `layer` and `rms` one for each normalised element.
 */
export function norm(net: Net, x: string, kind: Norm, o: NormOptions = {}): string {
  const { b } = net;
  const { epsilon = 1e-5, gamma = 1 } = o;
  const shape = b.shape(x);
  const parameters = (size: readonly number[]): readonly string[] => [
    net.parameter("scale", size, constant(gamma)),
    net.parameter("bias", size, constant(0)),
  ];
  const channels = shape[1]!;
  // The normalised axes of `layer` and `rms`: all but the batch axis; in sequences the last one only.
  const own = shape.length === 3 ? [shape[2]!] : shape.slice(1);
  switch (kind) {
    case "none":
      return x;
    case "batch": {
      const statistics = [net.fixed("running_mean", [channels], 0), net.fixed("running_var", [channels], 1)];
      return b.op("BatchNormalization", [x, ...parameters([channels]), ...statistics], { epsilon, training_mode: 1 });
    }
    case "layer":
      return b.op("LayerNormalization", [x, ...parameters(own)], { axis: -own.length, epsilon });
    case "group": {
      const groups = largestDivisor(channels, o.groups ?? 8);
      const [scale, bias] = parameters([channels]);
      // The op needs an axis of positions after the channels.
      const wide = shape.length === 2 ? b.unsqueeze(x, [2]) : x;
      const y = b.op("GroupNormalization", [wide, scale!, bias!], { epsilon, num_groups: groups });
      return shape.length === 2 ? b.squeeze(y, [2]) : y;
    }
    case "instance":
      return b.op("InstanceNormalization", [x, ...parameters([channels])], { epsilon });
    case "rms": {
      const axes = own.map((_, i) => i - own.length);
      const mean = b.op("ReduceMean", [b.square(x), b.ints(axes)], { keepdims: 1 });
      return b.mul(b.div(x, b.sqrt(b.shift(mean, epsilon))), net.parameter("scale", own, constant(gamma)));
    }
  }
}

const largestDivisor = (n: number, most: number): number => {
  let d = Math.min(n, most);
  while (n % d !== 0) d--;
  return d;
};
