import { normalizeAxis } from "./shared/elementwise.js";
import { elementsOf, sequence } from "./shared/sequences.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** concat_result = the elements of input_sequence one after another along `axis`; with `new_axis` stacked along a new one. */
export const ConcatFromSequence: Op<"input_sequence", "concat_result"> = {
  name: "ConcatFromSequence",
  since: [11],
  inputs: { input_sequence: sequence },
  outputs: { concat_result: one },
  attrs: { axis: { kind: "int", required: true }, new_axis: { kind: "flag", default: 0 } },
  decompose: (c) => {
    const { b, attrs } = c;
    const elements = elementsOf(c, "input_sequence");
    if (elements.length === 0) return c.fail("its sequence is empty, so the shape of the result is unknown");
    const stacks = attrs.flag("new_axis");
    const axis = normalizeAxis(attrs.int("axis"), b.shape(elements[0]!).length + (stacks ? 1 : 0), c.node.op);
    return [
      b.concat(
        elements.map((e) => (stacks ? b.unsqueeze(e, [axis]) : e)),
        axis,
      ),
    ];
  },
  examples: [],
};
