import { formatType, stridesOf } from "../graph/tensor.js";
import type { NumericArray } from "../graph/tensor.js";
import { broadcastShape, result } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { broadcastSteps, eachRow, rowsOf } from "./shared/rows.js";
import { list, one } from "./op.js";
import type { Op } from "./op.js";

/** output = input broadcast against `shape` (both ways: a 1 in `shape` keeps the input's dim). */
export const Expand: Op<"input" | "shape", "output"> = {
  name: "Expand",
  since: [8, 13],
  traits: { moves: "repeats" },
  inputs: { input: one, shape: list },
  outputs: { output: one },
  attrs: {},
  infer: (c) => {
    const input = c.type("input");
    const asked = Array.from(c.constant("shape").data);
    const shape = broadcastShape(input.shape, asked);
    if (!shape) return c.fail(`cannot expand ${formatType(input)} to [${asked.join(", ")}]`);
    return [{ dtype: input.dtype, shape }];
  },
  evaluate: (c) => {
    const out = result(c.out[0]!);
    const rows = rowsOf(out.shape, [stridesOf(out.shape), broadcastSteps(c.x.input.shape, out.shape)]);
    const step = rows.steps[1]!;
    const copy = (y: NumericArray, o: number, x: NumericArray, from: number): void => {
      if (step === 0) y.fill(x[from]!, o, o + rows.length);
      else for (let i = 0; i < rows.length; i++) y[o + i] = x[from + i * step]!;
    };
    eachRow(rows, ([o, from]) => copy(out.data, o!, c.x.input.data, from!));
    return [out];
  },
  // input̄ = output̄; the driver sums it down
  vjp: ({ g }) => ({ input: g.output }),
  vmap: (c) => [c.b.expand(c.aligned(0, c.out[0]!.shape.length), [c.runs, ...c.out[0]!.shape])],
  examples: [{ name: "broadcast", inputs: [floats([3, 1]), ints([2, 1, 4])] }],
};
