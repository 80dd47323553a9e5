import { elementsOf, positionOf, sequence } from "./shared/sequences.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** tensor = input_sequence[position], from the end when negative. */
export const SequenceAt: Op<"input_sequence" | "position", "tensor"> = {
  name: "SequenceAt",
  since: [11],
  inputs: { input_sequence: sequence, position: one },
  outputs: { tensor: one },
  attrs: {},
  decompose: (c) => {
    const elements = elementsOf(c, "input_sequence");
    return [elements[positionOf(c, "position", elements.length)!]];
  },
  examples: [],
};
