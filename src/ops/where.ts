import { formatType, stridesOf } from "../graph/tensor.js";
import type { NumericArray } from "../graph/tensor.js";
import { broadcastShape, result } from "./shared/elementwise.js";
import { bools, floats } from "./shared/examples.js";
import { broadcastSteps, eachRow, rowsOf } from "./shared/rows.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = X where condition holds, else Y; all three broadcast. */
export const Where: Op<"condition" | "X" | "Y", "output"> = {
  name: "Where",
  since: [9, 16],
  traits: { elementwise: true, chooses: true },
  inputs: { condition: one, X: one, Y: one },
  outputs: { output: one },
  attrs: {},
  infer: (c) => {
    const [condition, x, y] = [c.type("condition"), c.type("X"), c.type("Y")];
    if (condition.dtype !== "bool") c.fail("its condition is not boolean", { received: formatType(condition) });
    if (x.dtype !== y.dtype) c.fail("its branches have different element types", { received: `${formatType(x)} and ${formatType(y)}` });
    const shape = broadcastShape(condition.shape, x.shape, y.shape);
    if (!shape) return c.fail("its inputs do not broadcast", { received: [condition, x, y].map(formatType).join(", ") });
    return [{ dtype: x.dtype, shape }];
  },
  evaluate: (c) => {
    const out = result(c.out[0]!);
    const { condition, X, Y } = c.x;
    const rows = rowsOf(out.shape, [stridesOf(out.shape), ...[condition, X, Y].map((t) => broadcastSteps(t.shape, out.shape))]);
    const [, sc, sx, sy] = rows.steps as readonly [number, number, number, number];
    const fill = (y: NumericArray, o: number, p: NumericArray, ip: number, a: NumericArray, ia: number, b: NumericArray, ib: number): void => {
      for (let i = 0; i < rows.length; i++) y[o + i] = p[ip + i * sc] ? a[ia + i * sx]! : b[ib + i * sy]!;
    };
    eachRow(rows, ([o, ip, ia, ib]) => fill(out.data, o!, condition.data, ip!, X.data, ia!, Y.data, ib!));
    return [out];
  },
  // X̄ = output̄ where condition, else 0; Ȳ the reverse
  vjp: ({ b, x, g, need }) => {
    const zero = b.scalar(0, g.output);
    return {
      X: need("X") ? b.where(x.condition, g.output, zero) : undefined,
      Y: need("Y") ? b.where(x.condition, zero, g.output) : undefined,
    };
  },
  examples: [
    { name: "same shape", inputs: [bools([1, 0, 0, 1]), floats([4]), floats([4])] },
    { name: "broadcast", inputs: [bools([1, 0], [2, 1]), floats([2, 3]), floats([])] },
  ],
};
