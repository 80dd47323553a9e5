import { constant } from "../init/fill.js";
import type { Net } from "../net.js";

/** What normalises, by name: as `NormKind` of the structure, or none. */
export const NORMS = ["none", "batch", "layer", "group", "instance", "rms"] as const;
export type Norm = (typeof NORMS)[number];

/** How a norm is set. */
export interface NormOptions {
  readonly epsilon?: number;
  /** Number of groups of channels of a group norm (default 8, or the largest divisor of the channels below). */
  readonly groups?: number;
  /** What the trainable factor γ begins at (default 1). */
  readonly gamma?: number;
}

/**
 * γ·(x − μ)/√(σ² + ε) + β. μ and σ² are those of each channel over the batch (`batch`, in training mode), of all elements of an example (`layer`; of one
 * position in sequences), of each group of channels (`group`), of each channel of an example (`instance`); `rms` divides by √(mean x² + ε), over what `layer` does.
 * Parameters `scale` (γ) and, but for rms, `bias` (β): per channel, for `layer` and `rms` per element normalised.
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
  // Over all that is behind the batch axis; in sequences over the last axis only.
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
      // The op wants an axis behind the channels.
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
