import type { Example } from "../op.js";
import { floats, ints } from "./examples.js";

/** Returns the examples of every reduction that is defined by others, with floats as `drawn` says. */
export const composedExamples = (drawn: Parameters<typeof floats>[1] = {}): readonly Example[] => [
  { name: "all axes", inputs: [floats([2, 3], drawn)], attrs: { keepdims: 0 } },
  { name: "one axis", inputs: [floats([2, 3, 4], drawn), ints([1])] },
  { name: "outer axes dropped", inputs: [floats([2, 3, 4], drawn), ints([0, -1])], attrs: { keepdims: 0 } },
  { name: "no axes", inputs: [floats([2, 3], drawn), ints([])], attrs: { noop_with_empty_axes: 1 } },
];

/** The examples of sums and means. */
export const SUM_EXAMPLES: readonly Example[] = [
  { name: "all axes", inputs: [floats([2, 3])], attrs: { keepdims: 0 } },
  { name: "one axis", inputs: [floats([2, 3, 4]), ints([1])] },
  { name: "negative axes dropped", inputs: [floats([2, 3, 4]), ints([-1, 0])], attrs: { keepdims: 0 } },
];
