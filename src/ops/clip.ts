import type { Node } from "../graph/graph.js";
import { formatType, sizeOf, tensor } from "../graph/tensor.js";
import { likeFirst, mapUnary } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { one, optionalFixed } from "./op.js";
import type { Op, UpgradeContext } from "./op.js";

/**
 * output = min(max(input, min), max); an absent bound does not bind. The derivative at the bounds is 1, as torch.clamp and
 * tf.clip_by_value have it; for bounds 0 and 6 it is 0, as every ReLU6 has it.
 */
export const Clip: Op<"input" | "min" | "max", "output"> = {
  name: "Clip",
  since: [6, 11, 12, 13],
  traits: { elementwise: true, clamps: true },
  accepts: "numbers",
  inputs: { input: one, min: optionalFixed, max: optionalFixed },
  outputs: { output: one },
  attrs: {},
  upgrade: upgradeClip,
  infer: (c) => {
    const input = c.type("input");
    for (const bound of [c.optional("min"), c.optional("max")]) {
      if (bound && (bound.dtype !== input.dtype || sizeOf(bound.shape) !== 1)) {
        c.fail("its bound is not a scalar of the input's element type", { expected: `${input.dtype}[]`, received: formatType(bound) });
      }
    }
    return likeFirst(c);
  },
  evaluate: (c) => {
    const low = c.has("min") ? c.x.min.data[0]! : -Infinity;
    const high = c.has("max") ? c.x.max.data[0]! : Infinity;
    return mapUnary(c, (x) => Math.min(Math.max(x, low), high));
  },
  // input̄ = output̄ where nothing was cut off, else 0
  vjp: ({ b, x, y, g }) => {
    const [low, high] = [x.min, x.max].map((v) => b.constantOf(v)?.data[0]);
    const inside =
      low === 0 && high === 6
        ? b.op("And", [b.greater(y.output, b.scalar(0, y.output)), b.less(y.output, b.scalar(6, y.output))])
        : b.equal(x.input, y.output);
    return { input: b.where(inside, g.output, b.scalar(0, g.output)) };
  },
  examples: [
    {
      name: "both bounds",
      inputs: [floats([6], { values: [-1.7, -0.6, 0.2, 0.45, 0.8, 1.3] }), floats([], { values: [-0.5] }), floats([], { values: [0.5] })],
    },
    { name: "ReLU6", inputs: [floats([5], { values: [-1.7, 0.2, 3, 5.5, 6.5] }), floats([], { values: [0] }), floats([], { values: [6] })] },
    { name: "lower bound", inputs: [floats([2, 3], { awayFromZero: 0.1 }), floats([], { values: [0] })] },
    { name: "upper bound", inputs: [floats([2, 3], { awayFromZero: 0.1 }), null, floats([], { values: [0] })] },
    { name: "no bounds", inputs: [floats([2, 3])] },
    { name: "integers", inputs: [ints([-3, 0, 9]), ints([-1], []), ints([5], [])] },
  ],
};

/** Before opset 11 the bounds were attributes, by default the extremes of float32. */
function upgradeClip(u: UpgradeContext): Node {
  if (u.opset >= 11) return u.node;
  const bound = (name: string): string => {
    const value = u.node.attrs[name] as number | undefined;
    return value === undefined || Math.abs(value) > 3.4e38 ? "" : u.constant(tensor("float32", [], [value]));
  };
  return { ...u.node, attrs: {}, inputs: [u.node.inputs[0]!, bound("min"), bound("max")] };
}
