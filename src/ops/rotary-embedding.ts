import { floats } from "./shared/examples.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/**
 * Rotary position embedding: each pair (p, q) of the first `rotary_embedding_dim` features of a head becomes
 * (p·cos − q·sin, p·sin + q·cos); pairs are (i, i + half), or neighbours when interleaved.
 */
export const RotaryEmbedding: Op<"X" | "cos_cache" | "sin_cache" | "position_ids", "Y"> = {
  name: "RotaryEmbedding",
  since: [23],
  inputs: { X: one, cos_cache: one, sin_cache: one, position_ids: optional },
  outputs: { Y: one },
  attrs: {
    interleaved: { kind: "flag", default: 0 },
    num_heads: { kind: "int", default: 0 },
    rotary_embedding_dim: { kind: "int", default: 0 },
  },
  decompose: (c) => {
    const { b, x, attrs } = c;
    const shape = b.shape(x.X);
    const flat = shape.length === 3;
    const heads = flat ? attrs.int("num_heads") : shape[1]!;
    if (flat && !(heads > 0)) c.fail("an input of rank 3 needs the attribute num_heads");
    const X = flat ? b.reshape(x.X, [shape[0]!, shape[1]!, heads, shape[2]! / heads]) : x.X;
    const width = b.shape(X)[3]!;
    const rotated = attrs.int("rotary_embedding_dim") || width;
    const half = rotated / 2;
    const [turning, still] = b.split(X, rotated < width ? [rotated, width - rotated] : [width], 3);
    const angle = (cache: string): string => {
      const perStep = c.has("position_ids") ? b.op("Gather", [cache, x.position_ids], { axis: 0 }) : cache;
      if (b.shape(perStep)[2] !== half)
        c.fail("its caches do not fit the rotated features", { expected: `a last dim of ${half}`, received: `[${b.shape(perStep).join(", ")}]` });
      return b.unsqueeze(perStep, [flat ? 2 : 1]);
    };
    const [cos, sin] = [angle(x.cos_cache), angle(x.sin_cache)];
    const outer = b.shape(X).slice(0, 3);
    const interleaved = attrs.flag("interleaved");
    const paired = b.reshape(turning!, interleaved ? [...outer, half, 2] : [...outer, 2, half]);
    const axis = interleaved ? 4 : 3;
    const [p, q] = b.split(paired, [1, 1], axis).map((v) => b.squeeze(v, [axis]));
    const turned = [b.sub(b.mul(cos, p!), b.mul(sin, q!)), b.add(b.mul(sin, p!), b.mul(cos, q!))];
    const joined = b.reshape(
      b.concat(
        turned.map((v) => b.unsqueeze(v, [axis])),
        axis,
      ),
      [...outer, rotated],
    );
    return [b.reshape(still === undefined ? joined : b.concat([joined, still], 3), shape)];
  },
  examples: [
    { name: "rank 4", inputs: [floats([2, 2, 3, 4]), floats([2, 3, 2]), floats([2, 3, 2])] },
    {
      name: "rank 3, positions",
      inputs: [floats([2, 3, 8]), floats([5, 2]), floats([5, 2]), { dtype: "int64", shape: [2, 3], values: [0, 1, 2, 4, 2, 0] }],
      attrs: { num_heads: 2 },
    },
    { name: "interleaved", inputs: [floats([1, 2, 3, 4]), floats([1, 3, 2]), floats([1, 3, 2])], attrs: { interleaved: 1 } },
    {
      name: "part of the features, interleaved, positions",
      inputs: [floats([1, 2, 3, 6]), floats([4, 2]), floats([4, 2]), { dtype: "int64", shape: [1, 3], values: [3, 1, 0] }],
      attrs: { interleaved: 1, rotary_embedding_dim: 4 },
    },
    { name: "part of the features", inputs: [floats([1, 2, 2, 6]), floats([1, 2, 2]), floats([1, 2, 2])], attrs: { rotary_embedding_dim: 4 } },
  ],
};
