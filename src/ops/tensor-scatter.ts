import { formatType, int64s, tensor } from "../graph/tensor.js";
import { normalizeAxis } from "./shared/elementwise.js";
import { floats } from "./shared/examples.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** present_cache = past_cache with update written along `axis` from write_indices[batch] on (0 when absent); circular writing starts again at the front. */
export const TensorScatter: Op<"past_cache" | "update" | "write_indices", "present_cache"> = {
  name: "TensorScatter",
  since: [24],
  inputs: { past_cache: one, update: one, write_indices: optional },
  outputs: { present_cache: one },
  attrs: { axis: { kind: "int", default: -2 }, mode: { kind: "string", default: "linear", oneOf: ["linear", "circular"] } },
  decompose: ({ b, x, attrs, has, fail, node }) => {
    const [cache, update] = [b.type(x.past_cache), b.type(x.update)];
    const axis = normalizeAxis(attrs.int("axis"), cache.shape.length, node.op);
    const fits =
      update.shape.length === cache.shape.length && update.shape.every((d, i) => (i === axis ? d <= cache.shape[i]! : d === cache.shape[i]));
    if (axis === 0 || !fits)
      return fail("its update does not fit its cache", { received: `${formatType(cache)}, ${formatType(update)}, axis ${axis}` });
    const steps = b.reshape(b.constant(int64s(Array.from({ length: update.shape[axis]! }, (_, i) => i))), lone(update.shape, axis));
    const from = has("write_indices") ? b.reshape(x.write_indices, lone(update.shape, 0)) : b.constant(tensor("int64", [], [0]));
    const at = b.add(from, steps);
    const wrapped = attrs.string("mode") === "circular" ? b.op("Mod", [at, b.scalarOf("int64", cache.shape[axis]!)]) : at;
    return [b.op("ScatterElements", [x.past_cache, b.expand(wrapped, update.shape), x.update], { axis })];
  },
  examples: [
    { name: "linear", inputs: [floats([2, 5, 2]), floats([2, 2, 2]), { dtype: "int64", shape: [2], values: [1, 3] }] },
    {
      name: "circular",
      inputs: [floats([2, 1, 4, 2]), floats([2, 1, 2, 2]), { dtype: "int64", shape: [2], values: [3, 0] }],
      attrs: { mode: "circular" },
    },
    { name: "from the front", inputs: [floats([1, 4, 2]), floats([1, 3, 2])] },
    { name: "another axis", inputs: [floats([2, 2, 4]), floats([2, 2, 1]), { dtype: "int64", shape: [2], values: [3, 2] }], attrs: { axis: -1 } },
  ],
};

/** A shape in which all but one axis are 1. */
const lone = (shape: readonly number[], axis: number): readonly number[] => shape.map((d, i) => (i === axis ? d : 1));
