import { sequence, sequenceOf } from "./shared/sequences.js";
import { variadic } from "./op.js";
import type { Op } from "./op.js";

/** output_sequence = ⟨inputs…⟩. */
export const SequenceConstruct: Op<"inputs", "output_sequence"> = {
  name: "SequenceConstruct",
  since: [11],
  inputs: { inputs: variadic },
  outputs: { output_sequence: sequence },
  attrs: {},
  decompose: (c) => [sequenceOf(c, c.xs)],
  examples: [],
};
