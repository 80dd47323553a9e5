import { elementsOf, positionOf, sequence, sequenceOf } from "./shared/sequences.js";
import { optional } from "./op.js";
import type { Op } from "./op.js";

/** output_sequence = input_sequence without its element `position` (default: the last). */
export const SequenceErase: Op<"input_sequence" | "position", "output_sequence"> = {
  name: "SequenceErase",
  since: [11],
  inputs: { input_sequence: sequence, position: optional },
  outputs: { output_sequence: sequence },
  attrs: {},
  decompose: (c) => {
    const elements = elementsOf(c, "input_sequence");
    if (elements.length === 0) c.fail("its sequence has no element to take away");
    const at = positionOf(c, "position", elements.length) ?? elements.length - 1;
    return [sequenceOf(c, [...elements.slice(0, at), ...elements.slice(at + 1)])];
  },
  examples: [],
};
