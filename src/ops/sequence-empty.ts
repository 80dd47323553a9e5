import { sequence, sequenceOf } from "./shared/sequences.js";
import type { Op } from "./op.js";

/** output = ⟨⟩; `dtype` says which elements it is meant for. */
export const SequenceEmpty: Op<never, "output"> = {
  name: "SequenceEmpty",
  since: [11],
  inputs: {},
  outputs: { output: sequence },
  attrs: { dtype: { kind: "dtype" } },
  decompose: (c) => [sequenceOf(c, [])],
  examples: [],
};
