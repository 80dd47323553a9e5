import { floats, ints } from "./shared/examples.js";
import { extremumCotangents, foldInputs, inferVariadic } from "./shared/extremum.js";
import { one, variadic } from "./op.js";
import type { Op } from "./op.js";

/** min = the smallest of all inputs, broadcasting; NaN where any is NaN. Ties share the derivative equally, as torch.minimum has it. */
export const Min: Op<"data_0", "min"> = {
  name: "Min",
  since: [6, 8, 12, 13],
  inputs: { data_0: variadic },
  outputs: { min: one },
  attrs: {},
  infer: inferVariadic,
  evaluate: (c) => foldInputs(c, Math.min),
  vjp: (c) => extremumCotangents(c, "Less"),
  examples: [
    {
      name: "two, broadcast",
      inputs: [floats([2, 3], { values: [0.1, -1.2, 0.7, 2.3, 0.4, -0.6] }), floats([2, 1], { values: [0.3, -0.2] })],
    },
    {
      name: "a scalar constant",
      inputs: [floats([6], { values: [-1.5, -0.2, 0.3, 0.9, 1.7, -0.8] }), floats([], { values: [0.5], constant: true })],
    },
    {
      name: "three, broadcast",
      inputs: [floats([2, 2], { values: [0.1, 0.9, -0.4, 1.3] }), floats([2], { values: [0.5, -0.3] }), floats([], { values: [0.25] })],
    },
    {
      name: "ties of two",
      inputs: [floats([3], { values: [0.5, -1, 2] }), floats([3], { values: [0.5, 1, 2] })],
      withoutSecondOrder: "the derivative jumps at a tie",
    },
    {
      name: "tie with a constant",
      inputs: [floats([3], { values: [0.5, -1, 2] }), floats([], { values: [0.5], constant: true })],
      withoutSecondOrder: "the derivative jumps at a tie",
    },
    {
      name: "ties among three",
      inputs: [
        floats([4], { values: [0.4, 0.2, -0.4, 0.1] }),
        floats([4], { values: [0.4, 0.3, 0.1, 0.1] }),
        floats([4], { values: [0.6, 0.3, -0.4, 0.3] }),
      ],
      withoutSecondOrder: "the derivative jumps at a tie",
    },
    { name: "one", inputs: [floats([3])] },
    { name: "integers", inputs: [ints([3, -1, 7]), ints([2])] },
  ],
};
