import { elementsOf, sequence } from "./shared/sequences.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** length = how many elements input_sequence has. */
export const SequenceLength: Op<"input_sequence", "length"> = {
  name: "SequenceLength",
  since: [11],
  inputs: { input_sequence: sequence },
  outputs: { length: one },
  attrs: {},
  decompose: (c) => [c.b.scalarOf("int64", elementsOf(c, "input_sequence").length)],
  examples: [],
};
