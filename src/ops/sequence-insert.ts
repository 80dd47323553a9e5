import { elementsOf, positionOf, sequence, sequenceOf } from "./shared/sequences.js";
import { one, optional } from "./op.js";
import type { Op } from "./op.js";

/** output_sequence = input_sequence with `tensor` before its element `position` (default: behind the last). */
export const SequenceInsert: Op<"input_sequence" | "tensor" | "position", "output_sequence"> = {
  name: "SequenceInsert",
  since: [11],
  inputs: { input_sequence: sequence, tensor: one, position: optional },
  outputs: { output_sequence: sequence },
  attrs: {},
  decompose: (c) => {
    const elements = elementsOf(c, "input_sequence");
    const at = positionOf(c, "position", elements.length, 1) ?? elements.length;
    return [sequenceOf(c, [...elements.slice(0, at), c.x.tensor, ...elements.slice(at)])];
  },
  examples: [],
};
