import { formatType, sizeOf } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { samplePoints } from "./shared/sample.js";
import type { Beyond, Sampler } from "./shared/sample.js";
import { one } from "./op.js";
import type { Example, Op } from "./op.js";

/** Y[n,c,p] = X[n,c] read between its pixels at grid[n,p], whose coordinates run from −1 to 1 and from the last axis to the first. */
export const GridSample: Op<"X" | "grid", "Y"> = {
  name: "GridSample",
  since: [16, 20, 22],
  inputs: { X: one, grid: one },
  outputs: { Y: one },
  attrs: {
    align_corners: { kind: "flag", default: 0 },
    mode: { kind: "string", default: "linear", oneOf: ["linear", "nearest", "cubic"] },
    padding_mode: { kind: "string", default: "zeros", oneOf: ["zeros", "border", "reflection"] },
  },
  upgrade: ({ node, opset }) => {
    if (opset >= 20) return node;
    const mode = (node.attrs["mode"] as string | undefined) ?? "bilinear";
    return { ...node, attrs: { ...node.attrs, mode: ({ bilinear: "linear", bicubic: "cubic" } as Record<string, string>)[mode] ?? mode } };
  },
  decompose: ({ b, x, attrs, fail }) => {
    const [shape, grid] = [b.shape(x.X), b.shape(x.grid)];
    const spatial = shape.slice(2);
    const rank = spatial.length;
    if (rank < 1 || grid.length !== rank + 2 || grid[rank + 1] !== rank || grid[0] !== shape[0]) {
      return fail("its grid does not fit its input", { received: `${formatType(b.type(x.X))} and ${formatType(b.type(x.grid))}` });
    }
    const [batch, out] = [shape[0]!, grid.slice(1, -1)];
    const aligned = attrs.flag("align_corners");
    const points = spatial.map((size, i) => {
      const g = b.reshape(b.slice(x.grid, [rank - 1 - i], [rank - i], [rank + 1]), [batch, sizeOf(out)]);
      return b.shift(b.scale(g, (aligned ? size - 1 : size) / 2), (size - 1) / 2);
    });
    const sampler: Sampler = { mode: attrs.string("mode") as Sampler["mode"], beyond: attrs.string("padding_mode") as Beyond, aboutCentres: aligned };
    return [b.reshape(samplePoints(b, x.X, points, sampler), [batch, shape[1]!, ...out])];
  },
  examples: examples(),
};

function examples(): readonly Example[] {
  const image = floats([2, 2, 3, 4]);
  // None of the coordinates below is near a whole pixel, where the derivative jumps.
  const beyond = floats([2, 1, 4, 2], {
    values: [-0.91, -0.72, 0.13, 0.37, 1.43, -1.31, 0.61, 1.77, -1.57, 0.27, 0.03, -0.11, 2.11, 0.83, -0.43, -2.03],
  });
  const within = floats([2, 1, 4, 2], {
    values: [-0.31, -0.42, 0.13, 0.37, 0.43, -0.31, 0.27, 0.17, -0.57, 0.27, 0.03, -0.11, 0.11, 0.33, -0.43, -0.23],
  });
  const list: Example[] = [];
  for (const align_corners of [0, 1]) {
    for (const padding_mode of ["zeros", "border", "reflection"]) {
      for (const mode of ["linear", "nearest", "cubic"]) {
        // onnxruntime clamps the coordinate itself before a cubic filter, PyTorch the pixels that the filter reads.
        const grid = mode === "cubic" && padding_mode === "border" ? within : beyond;
        list.push({
          name: `${mode}, ${padding_mode}${align_corners ? ", aligned" : ""}`,
          inputs: [image, grid],
          attrs: { mode, padding_mode, align_corners },
        });
      }
    }
  }
  list.push({
    name: "volume",
    inputs: [floats([1, 2, 2, 3, 3]), floats([1, 1, 1, 3, 3], { values: [-0.91, -0.72, 0.13, 0.37, 0.43, -0.31, 0.61, 0.77, -0.57] })],
  });
  return list;
}
