import type { GraphBuilder } from "../../graph/builder.js";
import { sizeOf, stridesOf } from "../../graph/tensor.js";

/** What lies beyond the border. */
export type Beyond = "zeros" | "border" | "reflection";

/** How to read an image between its pixels. */
export interface Sampler {
  readonly mode: "linear" | "nearest" | "cubic";
  readonly beyond: Beyond;
  /** Whether reflection is about the centres of the border pixels rather than about their outer edges. */
  readonly aboutCentres: boolean;
}

const CUBIC = -0.75;

/**
 * Samples `images` [N, C, …spatial] at points given by one coordinate per spatial axis, each [N, P] in pixels: [N, C, P].
 * y = Σ over neighbouring pixels of Π weight(x − pixel)·image[pixel]; at whole coordinates the derivative is the one from above.
 */
export function samplePoints(b: GraphBuilder, images: string, points: readonly string[], s: Sampler): string {
  const [batch, channels, ...spatial] = b.shape(images) as [number, number, ...number[]];
  const count = b.shape(points[0]!)[1]!;
  const strides = stridesOf(spatial);
  const pixels = b.transpose(b.reshape(images, [batch, channels, sizeOf(spatial)]), [0, 2, 1]);
  const axes = points.map((x, i) => tapsAlong(b, x, spatial[i]!, strides[i]!, s));
  const corners = axes.reduce<readonly (readonly Tap[])[]>((all, taps) => all.flatMap((head) => taps.map((t) => [...head, t])), [[]]);
  const parts = corners.map((corner) => {
    const row = corner.map((t) => t.row).reduce((p, q) => b.add(p, q));
    const taken = b.op("GatherND", [pixels, b.reshape(row, [batch, count, 1])], { batch_dims: 1 });
    const weights = corner.flatMap((t) => (t.weight === undefined ? [] : [t.weight]));
    if (weights.length === 0) return taken;
    return b.mul(
      taken,
      b.reshape(
        weights.reduce((p, q) => b.mul(p, q)),
        [batch, count, 1],
      ),
    );
  });
  return b.transpose(b.sum(parts)!, [0, 2, 1]);
}

/** One pixel along one axis: its part of the flat row number, and its weight (1 when absent). */
interface Tap {
  readonly row: string;
  readonly weight: string | undefined;
}

function tapsAlong(b: GraphBuilder, x: string, size: number, stride: number, s: Sampler): readonly Tap[] {
  const at = (pixel: string, weight: string | undefined, moved: string = pixel): Tap => {
    const last = b.scalar(size - 1, x);
    const inside = b.op("Clip", [moved, b.scalar(0, x), last]);
    const row = b.mul(b.cast(inside, "int64"), b.scalarOf("int64", stride));
    if (s.beyond !== "zeros") return { row, weight };
    const seen = b.cast(b.equal(inside, pixel), b.dtype(x));
    return { row, weight: weight === undefined ? seen : b.mul(weight, seen) };
  };
  if (s.mode === "nearest") {
    const pixel = b.op("Round", [s.beyond === "reflection" ? reflected(b, x, size, s.aboutCentres) : x]);
    return [at(pixel, undefined)];
  }
  if (s.mode === "linear") {
    let held = s.beyond === "reflection" ? reflected(b, x, size, s.aboutCentres) : x;
    if (s.beyond !== "zeros") held = b.op("Clip", [held, b.scalar(0, x), b.scalar(size - 1, x)]);
    const low = b.op("Floor", [held]);
    const part = b.sub(held, low);
    return [at(low, b.sub(b.scalar(1, x), part)), at(b.shift(low, 1), part)];
  }
  const low = b.op("Floor", [x]);
  const part = b.sub(x, low);
  return [-1, 0, 1, 2].map((d) => {
    const pixel = b.shift(low, d);
    const moved = s.beyond === "reflection" ? b.op("Round", [reflected(b, pixel, size, s.aboutCentres)]) : pixel;
    return at(pixel, cubicWeight(b, part, d), moved);
  });
}

/** Appends Keys' cubic filter at the distance |part − d|, with part in [0, 1): a polynomial in part. */
function cubicWeight(b: GraphBuilder, part: string, d: number): string {
  const a = CUBIC;
  const t = d <= 0 ? b.shift(part, -d) : b.sub(b.scalar(d, part), part);
  const horner = (c3: number, c2: number, c1: number, c0: number): string =>
    b.shift(b.mul(b.shift(b.mul(b.shift(b.scale(t, c3), c2), t), c1), t), c0);
  return d === 0 || d === 1 ? horner(a + 2, -(a + 3), 0, 1) : horner(a, -5 * a, 8 * a, -4 * a);
}

/** Appends the coordinate folded back at both borders as often as it takes. */
function reflected(b: GraphBuilder, x: string, size: number, aboutCentres: boolean): string {
  const low = aboutCentres ? 0 : -0.5;
  const span = aboutCentres ? size - 1 : size;
  if (span === 0) return b.zerosLike(x);
  const away = b.op("Abs", [b.shift(x, -low)]);
  const times = b.op("Floor", [b.scale(away, 1 / span)]);
  const rest = b.sub(away, b.scale(times, span));
  const odd = b.sub(times, b.scale(b.op("Floor", [b.scale(times, 0.5)]), 2));
  return b.shift(b.add(rest, b.mul(odd, b.sub(b.scalar(span, x), b.scale(rest, 2)))), low);
}
