import { sizeOf } from "../graph/tensor.js";
import { floats, ints } from "./shared/examples.js";
import { takeProduct } from "./shared/indexing.js";
import { list, one } from "./op.js";
import type { Op } from "./op.js";

/** output = input repeated `repeats` times along each axis. */
export const Tile: Op<"input" | "repeats", "output"> = {
  name: "Tile",
  since: [6, 13],
  traits: { moves: "repeats" },
  inputs: { input: one, repeats: list },
  outputs: { output: one },
  attrs: {},
  infer: (c) => {
    const { dtype, shape } = c.type("input");
    const repeats = Array.from(c.constant("repeats").data);
    if (repeats.length !== shape.length) c.fail(`it has ${repeats.length} repeats for ${shape.length} axes`);
    return [{ dtype, shape: shape.map((d, i) => d * repeats[i]!) }];
  },
  evaluate: (c) => {
    const { shape } = c.x.input;
    const maps = c.out[0]!.shape.map((n, axis) => Int32Array.from({ length: n }, (_, i) => i % shape[axis]!));
    return [takeProduct(c.x.input, maps, c.out[0]!)];
  },
  // input̄ = output̄ summed over the copies
  vjp: ({ b, x, g, constant }) => {
    const shape = b.shape(x.input);
    const repeats = Array.from(constant("repeats").data);
    if (sizeOf(repeats) === 0) return {};
    const copies: number[] = [];
    const split = shape.flatMap((d, i) => (repeats[i] === 1 ? [d] : [repeats[i]!, d]));
    repeats.forEach((r, i) => {
      if (r !== 1) copies.push(i + copies.length);
    });
    return { input: b.reshape(b.reduceSum(b.reshape(g.output, split), copies, false), shape) };
  },
  examples: [
    { name: "both axes", inputs: [floats([2, 3]), ints([2, 3])] },
    { name: "one axis", inputs: [floats([2, 1, 3]), ints([1, 4, 1])] },
    { name: "once", inputs: [floats([3]), ints([1])] },
    { name: "not at all", inputs: [floats([3, 2]), ints([0, 2])] },
  ],
};
