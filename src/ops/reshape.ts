import { formatType, sizeOf } from "../graph/tensor.js";
import { floats, ints } from "./shared/examples.js";
import { list, one } from "./op.js";
import { rewritten } from "./shared/vmap.js";
import type { Op } from "./op.js";

/** reshaped = data in another shape: −1 is inferred, 0 copies the dim of `data` (unless allowzero). */
export const Reshape: Op<"data" | "shape", "reshaped"> = {
  name: "Reshape",
  since: [5, 13, 14, 19, 21, 23, 24, 25],
  traits: { moves: "rearranges" },
  inputs: { data: one, shape: list },
  outputs: { reshaped: one },
  attrs: { allowzero: { kind: "flag", default: 0 } },
  infer: (c) => {
    const data = c.type("data");
    const asked = Array.from(c.constant("shape").data);
    const shape = asked.map((d, i) =>
      d === 0 && !c.attrs.flag("allowzero") ? (data.shape[i] ?? c.fail(`its shape copies dim ${i} of ${formatType(data)}`)) : d,
    );
    const free = shape.indexOf(-1);
    if (free >= 0) {
      const rest = shape.reduce((p, d, i) => (i === free ? p : p * d), 1);
      shape[free] = rest === 0 ? 0 : sizeOf(data.shape) / rest;
    }
    if (sizeOf(shape) !== sizeOf(data.shape) || shape.some((d) => d < 0 || !Number.isInteger(d))) {
      c.fail(`cannot bring ${formatType(data)} into the shape [${asked.join(", ")}]`, {
        fix: "bind the free dims as the network was exported, with --bind",
      });
    }
    return [{ dtype: data.dtype, shape }];
  },
  evaluate: (c) => [{ ...c.x.data, shape: c.out[0]!.shape }],
  // data̅ = reshaped̄ in the shape of data
  vjp: ({ b, x, g }) => ({ data: b.reshape(g.reshaped, b.shape(x.data)) }),
  vmap: rewritten,
  examples: [
    { name: "explicit", inputs: [floats([2, 6]), ints([3, 4])] },
    { name: "inferred and copied", inputs: [floats([2, 3, 4]), ints([0, -1])] },
  ],
};
