import { floats } from "./shared/examples.js";
import { EPSILON, moments, overSpread, perChannel } from "./shared/norm.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = (input − μ)/√(σ² + ε)·scale + B, with μ and σ² of each channel (axis 1) of each instance (axis 0). */
export const InstanceNormalization: Op<"input" | "scale" | "B", "output"> = {
  name: "InstanceNormalization",
  since: [6, 22],
  traits: { norm: "instance" },
  inputs: { input: one, scale: one, B: one },
  outputs: { output: one },
  attrs: { epsilon: { kind: "float", default: EPSILON } },
  decompose: ({ b, x, attrs }) => {
    const rank = b.shape(x.input).length;
    const { centred, variance } = moments(
      b,
      x.input,
      Array.from({ length: Math.max(0, rank - 2) }, (_, i) => i + 2),
    );
    const factor = overSpread(b, variance, attrs.float("epsilon"), perChannel(b, x.scale, rank));
    return [b.add(b.mul(centred, factor), perChannel(b, x.B, rank))];
  },
  examples: [
    { name: "rank 4", inputs: [floats([2, 3, 2, 3]), floats([3]), floats([3])] },
    { name: "rank 3", inputs: [floats([2, 2, 5]), floats([2]), floats([2])], attrs: { epsilon: 0.125 } },
  ],
};
