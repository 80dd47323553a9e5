import { sizeOf, tensor } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { normalizeAxes } from "./shared/elementwise.js";
import { floats, ints } from "./shared/examples.js";
import { fillOutside, filterAlong, filterRows, nearestPixels, outside, takeAlong } from "./shared/resample.js";
import type { Axis, Sampling } from "./shared/resample.js";
import { one, optional, optionalFixed } from "./op.js";
import type { DecomposeContext, ExampleInput, Op } from "./op.js";

type Ports = "X" | "roi" | "scales" | "sizes";

/** Y = X resampled along its axes: Y[i] = Σ filter(p − x(i))·X[p], one axis after another, with x(i) the coordinate of pixel i in X. */
export const Resize: Op<Ports, "Y"> = {
  name: "Resize",
  since: [10, 11, 13, 18, 19],
  traits: { resamples: true },
  inputs: { X: one, roi: optionalFixed, scales: optionalFixed, sizes: optional },
  outputs: { Y: one },
  attrs: {
    antialias: { kind: "flag", default: 0 },
    axes: { kind: "ints" },
    coordinate_transformation_mode: { kind: "string", default: "half_pixel" },
    cubic_coeff_a: { kind: "float", default: -0.75 },
    exclude_outside: { kind: "flag", default: 0 },
    extrapolation_value: { kind: "float", default: 0 },
    keep_aspect_ratio_policy: { kind: "string", default: "stretch", oneOf: ["stretch", "not_larger", "not_smaller"] },
    mode: { kind: "string", default: "nearest", oneOf: ["nearest", "linear", "cubic"] },
    // "simple" is ours: how opset 10 rounds, which no later mode does.
    nearest_mode: { kind: "string", default: "round_prefer_floor", oneOf: ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil", "simple"] },
  },
  upgrade: ({ node, opset }) => {
    if (opset >= 11) return node;
    const [x, scales] = node.inputs as [string, string];
    return { ...node, inputs: [x, "", scales], attrs: { ...node.attrs, coordinate_transformation_mode: "asymmetric", nearest_mode: "simple" } };
  },
  decompose: (c) => {
    const { b, x, attrs } = c;
    const s: Sampling = {
      mode: attrs.string("mode"),
      transformation: attrs.string("coordinate_transformation_mode"),
      nearest: attrs.string("nearest_mode"),
      cubic: attrs.float("cubic_coeff_a"),
      antialias: attrs.flag("antialias"),
      excludeOutside: attrs.flag("exclude_outside"),
    };
    if (!TRANSFORMATIONS.includes(s.transformation))
      c.fail(`unknown coordinate_transformation_mode "${s.transformation}"`, { expected: TRANSFORMATIONS.join(", ") });
    const masks = new Map<number, readonly boolean[]>();
    let y = x.X;
    // Axes that shrink most come first: the least is left to do for the others.
    const axes = axesOf(c);
    for (const [axis, a] of axes) {
      if (a.to >= 0 && a.to <= AXIS_LIMIT && (a.from > 0 || a.to === 0)) continue;
      c.fail(`it would bring axis ${axis} from ${a.from} to ${a.to} pixels`, { expected: `0 to ${AXIS_LIMIT}` });
    }
    if (sizeOf(b.shape(x.X).map((d, i) => axes.get(i)?.to ?? d)) > 2 ** 31) c.fail("it would make more than 2³¹ pixels");
    for (const [axis, a] of [...axes].sort(([, p], [, q]) => p.to / p.from - q.to / q.from)) {
      if (a.to === a.from && a.scale === 1 && s.transformation !== "tf_crop_and_resize") continue;
      masks.set(axis, outside(a, s));
      if (s.mode !== "nearest") y = filterAlong(b, y, axis, filterRows(a, s));
      else {
        y = takeAlong(b, y, axis, nearestPixels(a, s));
        const keep = masks.get(axis)!.map((beyond) => (beyond ? 0 : 1));
        if (keep.includes(0))
          y = b.mul(
            y,
            b.constant(
              tensor(
                b.dtype(y),
                [
                  a.to,
                  ...b
                    .shape(y)
                    .slice(axis + 1)
                    .map(() => 1),
                ],
                keep,
              ),
            ),
          );
      }
    }
    return [fillOutside(b, y, masks, attrs.float("extrapolation_value"))];
  },
  examples: examples(),
};

/** No image has more pixels along one axis; what is prepared for each of them here must stay small. */
const AXIS_LIMIT = 1 << 20;

const TRANSFORMATIONS = [
  "half_pixel",
  "half_pixel_symmetric",
  "pytorch_half_pixel",
  "align_corners",
  "asymmetric",
  "tf_half_pixel_for_nn",
  "tf_crop_and_resize",
];

/** The axes that are resized, by number. */
function axesOf(c: DecomposeContext<Ports>): ReadonlyMap<number, Axis> {
  const shape = c.b.shape(c.x.X);
  const given = (port: Ports): Tensor | undefined => {
    const t = c.has(port) ? c.constant(port) : undefined;
    return t && t.data.length > 0 ? t : undefined;
  };
  const axes = normalizeAxes(c.attrs.optionalInts("axes") ?? shape.map((_, i) => i), shape.length, "Resize");
  const [roi, scales, sizes] = [given("roi"), given("scales"), given("sizes")];
  const asked = sizes ?? scales;
  if (!asked || asked.data.length !== axes.length) return c.fail(`it needs either scales or sizes of ${axes.length} axes`);
  const policy = c.attrs.string("keep_aspect_ratio_policy");
  const ratios = axes.map((axis, i) => (sizes ? Math.fround(sizes.data[i]! / shape[axis]!) : asked.data[i]!));
  const common = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  return new Map(
    axes.map((axis, i) => {
      const from = shape[axis]!;
      const scale = sizes && policy !== "stretch" ? common : ratios[i]!;
      // Runtimes compute the size in single precision: 10·0.7 is 7 there.
      const to = sizes
        ? policy === "stretch"
          ? sizes.data[i]!
          : Math.floor(Math.fround(common * from) + 0.5)
        : Math.floor(Math.fround(from * scale));
      const [start, end] = roi ? [roi.data[i]!, roi.data[axes.length + i]!] : [0, 1];
      return [axis, { from, to, scale, start, end }] as const;
    }),
  );
}

function examples(): Op["examples"] {
  const image = floats([1, 2, 4, 5]);
  const scales = (...v: number[]): ExampleInput => floats([v.length], { values: v });
  const up = scales(1, 1, 2, 2);
  const odd = scales(1, 1, 1.6, 2.4);
  const down = scales(1, 1, 0.5, 0.6);
  const modes = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"];
  const roi = floats([8], { values: [0, 0, -0.25, 0.2, 1, 1, 0.8, 1.1] });
  return [
    { name: "nearest by 2", inputs: [image, null, up], attrs: { coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" } },
    ...["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"].flatMap((nearest_mode) =>
      modes.map((m) => ({
        name: `nearest, ${m}, ${nearest_mode}`,
        inputs: [image, null, m === "asymmetric" ? down : odd],
        attrs: { coordinate_transformation_mode: m, nearest_mode },
      })),
    ),
    {
      name: "nearest, half",
      inputs: [image, null, scales(1, 1, 0.5, 0.4)],
      attrs: { coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" },
    },
    {
      name: "nearest, tf_half_pixel_for_nn",
      inputs: [image, null, odd],
      attrs: { coordinate_transformation_mode: "tf_half_pixel_for_nn", nearest_mode: "floor" },
    },
    ...modes.flatMap((m) => [
      { name: `linear, ${m}`, inputs: [image, null, odd], attrs: { mode: "linear", coordinate_transformation_mode: m } },
      { name: `cubic, ${m}`, inputs: [image, null, odd], attrs: { mode: "cubic", coordinate_transformation_mode: m } },
    ]),
    {
      name: "linear, half_pixel_symmetric",
      inputs: [image, null, scales(1, 1, 1.3, 2.3)],
      attrs: { mode: "linear", coordinate_transformation_mode: "half_pixel_symmetric" },
    },
    { name: "linear, smaller", inputs: [image, null, down], attrs: { mode: "linear" } },
    { name: "linear to sizes", inputs: [image, null, null, ints([1, 2, 6, 3])], attrs: { mode: "linear" } },
    {
      name: "linear to one pixel",
      inputs: [image, null, null, ints([1, 2, 1, 1])],
      attrs: { mode: "linear", coordinate_transformation_mode: "pytorch_half_pixel" },
    },
    { name: "linear, all of three axes", inputs: [floats([3, 2, 4]), null, null, ints([5, 3, 6])], attrs: { mode: "linear" } },
    { name: "linear of volumes", inputs: [floats([1, 1, 2, 3, 2]), null, scales(1, 1, 2, 1.4, 2)], attrs: { mode: "linear" } },
    { name: "linear with antialias", inputs: [floats([1, 1, 6, 7]), null, null, ints([1, 1, 3, 3])], attrs: { mode: "linear", antialias: 1 } },
    { name: "cubic with antialias", inputs: [floats([1, 1, 7, 8]), null, null, ints([1, 1, 3, 5])], attrs: { mode: "cubic", antialias: 1 } },
    {
      name: "antialias without outside",
      inputs: [floats([1, 1, 7, 8]), null, null, ints([1, 1, 3, 5])],
      attrs: { mode: "cubic", antialias: 1, exclude_outside: 1 },
    },
    { name: "cubic without outside", inputs: [image, null, odd], attrs: { mode: "cubic", exclude_outside: 1, cubic_coeff_a: -0.5 } },
    { name: "cubic, smaller", inputs: [image, null, null, ints([1, 2, 3, 2])], attrs: { mode: "cubic" } },
    {
      name: "region",
      inputs: [image, roi, null, ints([1, 2, 3, 4])],
      attrs: { mode: "linear", coordinate_transformation_mode: "tf_crop_and_resize", extrapolation_value: 1.5 },
    },
    {
      name: "nearest in a region",
      inputs: [image, roi, null, ints([1, 2, 3, 4])],
      attrs: { coordinate_transformation_mode: "tf_crop_and_resize", extrapolation_value: 1.5 },
    },
    { name: "axes", inputs: [image, null, null, ints([8, 3])], attrs: { mode: "linear", axes: [2, 3] } },
    { name: "axes in another order", inputs: [image, null, scales(0.6, 1.5)], attrs: { mode: "linear", axes: [3, 2] } },
    {
      name: "not larger",
      inputs: [image, null, null, ints([7, 8])],
      attrs: { mode: "linear", axes: [2, 3], keep_aspect_ratio_policy: "not_larger" },
    },
    { name: "not smaller", inputs: [image, null, null, ints([7, 8])], attrs: { axes: [2, 3], keep_aspect_ratio_policy: "not_smaller" } },
  ];
}
