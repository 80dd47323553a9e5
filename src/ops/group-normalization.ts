import { sizeOf } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { EPSILON, moments, overSpread } from "./shared/norm.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

const withoutFloat64 = "the runtime computes it in float32";

/**
 * Y = (X − μ)/√(σ² + ε)·scale + bias, with μ and σ² of each group of channels of each instance; `scale` and `bias` hold one number
 * a channel, or one a group as opset 18 had it. `stash_type` asks for less precision than we compute with, and is ignored.
 */
export const GroupNormalization: Op<"X" | "scale" | "bias", "Y"> = {
  name: "GroupNormalization",
  since: [18, 21],
  meaningSince: 21,
  traits: { norm: "group" },
  inputs: { X: one, scale: one, bias: one },
  outputs: { Y: one },
  attrs: { epsilon: { kind: "float", default: EPSILON }, num_groups: { kind: "int", required: true }, stash_type: { kind: "int", default: 1 } },
  decompose: (c) => {
    const { b, x, attrs } = c;
    const shape = b.shape(x.X);
    const [n, channels] = [shape[0] ?? 0, shape[1] ?? 0];
    const groups = attrs.int("num_groups");
    if (shape.length < 2 || groups < 1 || channels % groups !== 0) c.fail(`cannot cut ${channels} channels into ${groups} groups`);
    const each = channels / groups;
    const grouped = b.reshape(x.X, [n, groups, each, sizeOf(shape.slice(2))]);
    const { centred, variance } = moments(b, grouped, [2, 3]);
    const placed = (v: string): string => {
      const size = sizeOf(b.shape(v));
      if (size !== channels && size !== groups) c.fail("its scale or bias does not fit", { expected: `${channels} elements`, received: `${size}` });
      return b.reshape(v, [groups, size / groups, 1]);
    };
    const factor = overSpread(b, variance, attrs.float("epsilon"), placed(x.scale));
    return [b.reshape(b.add(b.mul(centred, factor), placed(x.bias)), shape)];
  },
  examples: [
    { name: "scale per channel", inputs: [floats([2, 4, 2, 3]), floats([4]), floats([4])], attrs: { num_groups: 2, epsilon: 0.125 }, withoutFloat64 },
    { name: "one group, rank 3", inputs: [floats([2, 3, 4]), floats([3]), floats([3])], attrs: { num_groups: 1 }, withoutFloat64 },
    { name: "scale per group", inputs: [floats([2, 6, 2]), floats([3]), floats([3])], attrs: { num_groups: 3 }, withoutRuntime: "opset 18 had it" },
  ],
};
