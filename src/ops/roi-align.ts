import type { GraphBuilder } from "../graph/builder.js";
import { formatType, tensor } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import { floats, integers } from "./shared/examples.js";
import { fixed, one } from "./op.js";
import type { DecomposeContext, Example, Op } from "./op.js";

type Ports = "X" | "rois" | "batch_indices";

/** How boxes are laid over an image: the same for every box. */
interface Layout {
  /** Pixels as rows of channels: [N·H·W, C]. */
  readonly pixels: string;
  readonly size: readonly [height: number, width: number];
  readonly output: readonly [height: number, width: number];
  readonly scale: number;
  readonly halfPixel: boolean;
  readonly max: boolean;
}

/**
 * Y[r,c] = X[batch_indices[r],c] read between its pixels at a grid of points in every bin of the box rois[r], averaged over the bin. `max` takes the
 * largest share of a pixel in a sample (weight·pixel), not the largest sample, as the ONNX reference and onnxruntime do. Boxes get no gradient, as in PyTorch.
 */
export const RoiAlign: Op<Ports, "Y"> = {
  name: "RoiAlign",
  since: [10, 16, 22],
  inputs: { X: one, rois: fixed, batch_indices: one },
  outputs: { Y: one },
  attrs: {
    coordinate_transformation_mode: { kind: "string", default: "half_pixel", oneOf: ["half_pixel", "output_half_pixel"] },
    mode: { kind: "string", default: "avg", oneOf: ["avg", "max"] },
    output_height: { kind: "int", default: 1 },
    output_width: { kind: "int", default: 1 },
    sampling_ratio: { kind: "int", default: 0 },
    spatial_scale: { kind: "float", default: 1 },
  },
  upgrade: ({ node, opset }) => (opset >= 16 ? node : { ...node, attrs: { ...node.attrs, coordinate_transformation_mode: "output_half_pixel" } }),
  decompose: (c) => {
    const { b, x, attrs } = c;
    const [shape, boxes] = [b.shape(x.X), b.shape(x.rois)];
    const output = [attrs.int("output_height"), attrs.int("output_width")] as const;
    const ratio = attrs.int("sampling_ratio");
    const received = [x.X, x.rois, x.batch_indices].map((v) => formatType(b.type(v))).join(", ");
    if (shape.length !== 4 || boxes.length !== 2 || boxes[1] !== 4 || b.shape(x.batch_indices).join() !== String(boxes[0]))
      return c.fail("its boxes do not fit", { expected: "X [N, C, H, W], rois [R, 4], batch_indices [R]", received });
    if (!(output[0] >= 1 && output[1] >= 1 && ratio >= 0))
      return c.fail("its output has no size, or its sampling_ratio is negative", { received: `${output.join("×")}, ${ratio}` });
    const [batch, channels, ...size] = shape as readonly [number, number, number, number];
    const layout: Layout = {
      pixels: b.reshape(b.transpose(x.X, [0, 2, 3, 1]), [batch * size[0] * size[1], channels]),
      size,
      output,
      scale: attrs.float("spatial_scale"),
      halfPixel: attrs.string("coordinate_transformation_mode") === "half_pixel",
      max: attrs.string("mode") === "max",
    };
    const rois = withoutGradient(b, x.rois);
    if (ratio > 0 || boxes[0] === 0) return [pooled(b, layout, rois, x.batch_indices, [Math.max(ratio, 1), Math.max(ratio, 1)])];

    const groups = new Map<string, { readonly grid: readonly [number, number]; readonly rows: number[] }>();
    gridsOf(c, layout).forEach((grid, r) => {
      const group = groups.get(grid.join());
      if (group) group.rows.push(r);
      else groups.set(grid.join(), { grid, rows: [r] });
    });
    const parts = [...groups.values()].map(({ grid, rows }) => {
      const pick = (v: string): string => (rows.length === boxes[0] ? v : b.op("Gather", [v, b.ints(rows)]));
      if (Math.min(...grid) < 1) return b.full(0, { dtype: b.dtype(x.X), shape: [rows.length, channels, ...output] });
      return pooled(b, layout, pick(rois), pick(x.batch_indices), grid);
    });
    const order = [...groups.values()].flatMap((g) => g.rows);
    const all = b.concat(parts, 0);
    if (order.every((r, i) => r === i)) return [all];
    return [b.op("Gather", [all, b.ints(order.map((_, r) => order.indexOf(r)))])];
  },
  examples: examples(),
};

/** A value that nothing flows back to: rounded to a multiple of 2⁻⁶⁴, far below what a coordinate resolves, by an op whose derivative is zero. */
const withoutGradient = (b: GraphBuilder, v: string): string => b.scale(b.op("Round", [b.scale(v, 2 ** 64)]), 2 ** -64);

/** How many points sampling_ratio 0 takes in every bin of every box, by the arithmetic of runtimes: one point per started pixel. */
function gridsOf(c: DecomposeContext<Ports>, { scale, halfPixel, output }: Layout): readonly (readonly [number, number])[] {
  const rois = c.b.constantOf(c.x.rois);
  if (!rois) {
    throw new IsogradError(
      "op/not-constant",
      `with sampling_ratio 0 the boxes "${c.x.rois}" decide how many points RoiAlign reads, and they depend on the data`,
      {
        at: [c.node.name],
        fix: "export the network with sampling_ratio=2, as Mask R-CNN has it, or with fixed boxes",
      },
    );
  }
  const round = rois.dtype === "float64" ? (v: number): number => v : Math.fround;
  const along = (r: number, axis: 0 | 1): number => {
    const edge = (corner: 0 | 1): number => round(round(rois.data[4 * r + 2 * corner + 1 - axis]! * scale) - (halfPixel ? 0.5 : 0));
    const length = round(edge(1) - edge(0));
    const points = Math.ceil(round((halfPixel ? length : Math.max(length, 1)) / output[axis]));
    if (!(points <= 1 << 12)) c.fail("a box is too large to be read at every pixel", { received: String(length) });
    return points;
  };
  return Array.from({ length: rois.shape[0]! }, (_, r) => [along(r, 0), along(r, 1)] as const);
}

/** The boxes, all read at `grid` points per bin: [R, C, height, width]. */
function pooled(b: GraphBuilder, layout: Layout, rois: string, images: string, grid: readonly [number, number]): string {
  const { size, output } = layout;
  const [count, channels] = [b.shape(rois)[0]!, b.shape(layout.pixels)[1]!];
  const points = [output[0] * grid[0], output[1] * grid[1]] as const;
  const rows = tapsAlong(b, layout, rois, 0, points[0]);
  const columns = tapsAlong(b, layout, rois, 1, points[1]);
  const first = b.mul(b.reshape(b.cast(images, "int64"), [count, 1, 1]), b.scalarOf("int64", size[0] * size[1]));
  const shares = rows.flatMap((row) =>
    columns.map((column) => {
      const start = b.add(first, b.mul(b.reshape(row.pixel, [count, points[0], 1]), b.scalarOf("int64", size[1])));
      const at = b.add(start, b.reshape(column.pixel, [count, 1, points[1]]));
      const weight = b.mul(b.reshape(row.weight, [count, points[0], 1, 1]), b.reshape(column.weight, [count, 1, points[1], 1]));
      return b.mul(b.op("Gather", [layout.pixels, at]), weight);
    }),
  );
  const bins = (v: string): string => b.reshape(v, [count, output[0], grid[0], output[1], grid[1], channels]);
  const result = layout.max
    ? b.reduceMax(bins(shares.reduce((p, q) => b.op("Max", [p, q]))), [2, 4], false)
    : b.reduceMean(bins(b.sum(shares)!), [2, 4], false);
  return b.transpose(result, [0, 3, 1, 2]);
}

interface Tap {
  /** int64 [R, points] */
  readonly pixel: string;
  /** [R, points] */
  readonly weight: string;
}

/** The two pixels of every point along an axis. Up to one pixel beyond the border a point reads the border, farther out zeros. */
function tapsAlong(b: GraphBuilder, { size, output, scale, halfPixel }: Layout, rois: string, axis: 0 | 1, points: number): readonly [Tap, Tap] {
  const edge = (i: number): string => b.shift(b.scale(b.slice(rois, [i], [i + 1], [1]), scale), halfPixel ? -0.5 : 0);
  const start = edge(1 - axis);
  const span = b.sub(edge(3 - axis), start);
  const length = halfPixel ? span : b.op("Max", [span, b.scalar(1, rois)]);
  const bin = b.scale(length, 1 / output[axis]);
  const positions = Array.from({ length: points }, (_, i) => (i + 0.5) / (points / output[axis]));
  const x = b.add(start, b.mul(bin, b.constant(tensor(b.dtype(rois), [1, points], positions))));
  const last = b.scalar(size[axis] - 1, x);
  const held = b.op("Clip", [x, b.scalar(0, x), last]);
  const low = b.op("Floor", [held]);
  const seen = b.cast(b.op("And", [b.op("Not", [b.less(x, b.scalar(-1, x))]), b.op("Not", [b.greater(x, b.scalar(size[axis], x))])]), b.dtype(x));
  const part = b.sub(held, low);
  return [
    { pixel: b.cast(low, "int64"), weight: b.mul(b.sub(b.scalar(1, x), part), seen) },
    { pixel: b.cast(b.op("Min", [b.shift(low, 1), last]), "int64"), weight: b.mul(part, seen) },
  ];
}

function examples(): readonly Example[] {
  const boxes = [0.3, 0.6, 4.4, 3.7, -1.7, -2.6, 2.3, 5.9, 2.2, 1.1, 2.9, 1.3, 3.1, 1.2, 7.9, 6.3];
  const inputs = [floats([2, 2, 5, 4]), floats([4, 4], { values: boxes }), integers("int64", [1, 0, 1, 1])] as const;
  const list: Example[] = [];
  for (const mode of ["avg", "max"]) {
    for (const coordinate_transformation_mode of ["half_pixel", "output_half_pixel"]) {
      for (const sampling_ratio of [0, 2]) {
        list.push({
          name: `${mode}, ${coordinate_transformation_mode}, ${sampling_ratio === 0 ? "as many points as pixels" : "2×2 points"}`,
          inputs,
          attrs: { mode, coordinate_transformation_mode, sampling_ratio, output_height: 2, output_width: 3, spatial_scale: 0.75 },
        });
      }
    }
  }
  list.push({ name: "one bin", inputs, attrs: {} });
  list.push({
    name: "no boxes",
    inputs: [floats([1, 2, 3, 3]), floats([0, 4], { values: [] }), integers("int64", [])],
    attrs: { output_height: 2, output_width: 2, sampling_ratio: 1 },
  });
  return list;
}
