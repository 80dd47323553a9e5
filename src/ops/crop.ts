import { formatType } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output = the rows and columns of input within a border (left, top, right, bottom); with a scale (height, width) as many of them from the border on. */
export const Crop: Op<"input", "output"> = {
  name: "Crop",
  since: [1],
  traits: { moves: "selects" },
  inputs: { input: one },
  outputs: { output: one },
  attrs: { border: { kind: "ints" }, scale: { kind: "ints" } },
  decompose: ({ b, x, attrs, fail }) => {
    const [, , height, width, ...more] = b.shape(x.input) as [number, number, number, number];
    const [left = 0, top = 0, right = 0, bottom = 0] = attrs.optionalInts("border") ?? [];
    const [rows = height - top - bottom, columns = width - left - right] = attrs.optionalInts("scale") ?? [];
    if (more.length > 0 || width === undefined || !(rows >= 0 && columns >= 0 && top + rows <= height && left + columns <= width))
      fail(`${rows}×${columns} pixels from row ${top} and column ${left} on do not lie in its input`, { received: formatType(b.type(x.input)) });
    return [b.slice(x.input, [top, left], [top + rows, left + columns], [2, 3])];
  },
  examples: [
    { name: "border", inputs: [floats([1, 2, 5, 6])], attrs: { border: [1, 0, 2, 3] }, withoutRuntime: "opset 9 had it last" },
    { name: "scale", inputs: [floats([1, 2, 5, 6])], attrs: { border: [1, 2, 0, 0], scale: [2, 3] }, withoutRuntime: "opset 9 had it last" },
  ],
};
