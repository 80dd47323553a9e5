import { normalizeAxes } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/** output_data = input_data cropped or padded with zeros about its centre to `shape`; the odd element goes behind. */
export const CenterCropPad: Op<"input_data" | "shape", "output_data"> = {
  name: "CenterCropPad",
  since: [18],
  traits: { moves: "pads" },
  inputs: { input_data: one, shape: one },
  outputs: { output_data: one },
  attrs: { axes: { kind: "ints" } },
  decompose: ({ b, x, attrs, constant, fail, node }) => {
    const own = b.shape(x.input_data);
    const wanted = Array.from(constant("shape").data);
    const given = attrs.optionalInts("axes") ?? own.map((_, i) => i);
    const axes = normalizeAxes(given, own.length, node.op);
    if (wanted.length !== axes.length || wanted.some((d) => d < 0))
      return fail(`its shape [${wanted.join(", ")}] does not fit its ${axes.length} axes`);
    const change = own.map((d, i) => (axes.includes(i) ? wanted[axes.indexOf(i)]! - d : 0));
    // Pads before and behind; negative ones crop.
    const begins = change.map((d) => Math.trunc(d / 2));
    const ends = change.map((d, i) => d - begins[i]!);
    const cropped = own.flatMap((_, i) => (change[i]! < 0 ? [i] : []));
    const middle =
      cropped.length === 0
        ? x.input_data
        : b.slice(
            x.input_data,
            cropped.map((i) => -begins[i]!),
            cropped.map((i) => own[i]! + ends[i]!),
            cropped,
          );
    return [
      b.pad(
        middle,
        begins.map((p) => Math.max(0, p)),
        ends.map((p) => Math.max(0, p)),
      ),
    ];
  },
  examples: [
    { name: "crop and pad", inputs: [floats([5, 3]), ints([2, 6])] },
    { name: "axes", inputs: [floats([2, 4, 5]), ints([7, 2])], attrs: { axes: [1, -1] } },
    { name: "nothing to do", inputs: [floats([2, 3]), ints([2, 3])] },
  ],
};
