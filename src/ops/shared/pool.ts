import type { GraphBuilder } from "../../graph/builder.js";
import { formatType, sizeOf, tensor } from "../../graph/tensor.js";
import type { NumericArray, ValueType } from "../../graph/tensor.js";
import type { AttrReader } from "../attrs.js";
import type { InferContext } from "../op.js";
import { unslice } from "./placing.js";
import { extent, in3d, windowsOf } from "./window.js";
import type { Fail, Windows } from "./window.js";

/** Returns the windows of a pool on an input of this shape [batch, channels, spatial…]. */
export const poolOf = (attrs: AttrReader, shape: readonly number[], fail?: Fail): Windows =>
  windowsOf(attrs, shape.slice(2), attrs.ints("kernel_shape"), attrs.flag("ceil_mode"), fail);

/** Infers the output type of a pool: [batch, channels, windows…], with one to three spatial axes. */
export function inferPool(c: InferContext<"X">): ValueType {
  const X = c.type("X");
  const rank = X.shape.length - 2;
  const kernel = c.attrs.ints("kernel_shape");
  if (rank < 1 || rank > 3 || kernel.length !== rank) c.fail(`a kernel of ${kernel.length} axes does not fit its input`, { received: formatType(X) });
  const w = poolOf(c.attrs, X.shape, c.fail);
  if (w.begins.some((p, i) => p >= kernel[i]!) || w.padded.some((n, i) => n - w.input[i]! - w.begins[i]! >= kernel[i]!)) {
    c.fail("its padding is as large as its kernel", {
      received: `pads [${c.attrs.optionalInts("pads")?.join(", ") ?? ""}], kernel [${kernel.join(", ")}]`,
    });
  }
  // onnxruntime overlooks the dilation here, and so gives another shape than the schema says.
  if (c.attrs.string("auto_pad").startsWith("SAME") && w.dilations.some((d, i) => d > 1 && kernel[i]! > 1)) {
    c.fail("auto_pad SAME with dilations is read differently by different runtimes", { fix: "export it with explicit pads" });
  }
  return { dtype: X.dtype, shape: [...X.shape.slice(0, 2), ...w.output] };
}

/** The first tap of each window along one axis, and the one behind its last. */
type Range = readonly [Int32Array, Int32Array];

/** Returns, per axis and window, the first tap inside the bounds [low, high) and the one behind the last. */
function tapRanges(w: Windows, low: (axis: number) => number, high: (axis: number) => number): readonly Range[] {
  return w.output.map((n, i) => {
    const [step, start] = [w.dilations[i]!, (y: number): number => y * w.strides[i]! - w.begins[i]!];
    const clamp = (v: number): number => Math.min(Math.max(v, 0), w.kernel[i]!);
    return [
      Int32Array.from({ length: n }, (_, y) => clamp(Math.ceil((low(i) - start(y)) / step))),
      Int32Array.from({ length: n }, (_, y) => clamp(Math.ceil((high(i) - start(y)) / step))),
    ];
  });
}

/** Returns, per axis and window of `w` (in three axes), the taps that read the input. */
const tapsOnInput = (w: Windows): readonly [Range, Range, Range] => {
  const [z, y, x] = tapRanges(
    w,
    () => 0,
    (i) => w.input[i]!,
  );
  return [z!, y!, x!];
};

/** Counts the taps that each window divides by [windows]: those on the input, or also those on the declared padding. */
export function tapCounts(windows: Windows, includePadding: boolean): Float64Array {
  const w = in3d(windows);
  const ranges = includePadding
    ? tapRanges(
        w,
        (i) => -w.begins[i]!,
        (i) => w.padded[i]! - w.begins[i]!,
      )
    : tapsOnInput(w);
  const [zs, ys, xs] = ranges.map(([from, to]) => from.map((f, y) => to[y]! - f)) as [Int32Array, Int32Array, Int32Array];
  const counts = new Float64Array(zs.length * ys.length * xs.length);
  let at = 0;
  for (const z of zs) for (const y of ys) for (const x of xs) counts[at++] = z * y * x;
  return counts;
}

/** Writes the sums of the windows of every plane of `x` [planes, spatial…] to `out` [planes, windows…]. */
export function windowSums(windows: Windows, x: NumericArray, out: NumericArray): void {
  const w = in3d(windows);
  const [[z0, z1], [y0, y1], [x0, x1]] = tapsOnInput(w);
  const [, H, W] = w.input as [number, number, number];
  const [dz, dy, dx] = w.dilations as [number, number, number];
  const plane = sizeOf(w.input);
  let at = 0;
  for (let base = 0; base < x.length; base += plane) {
    for (let oz = 0; oz < z0.length; oz++) {
      const sz = oz * w.strides[0]! - w.begins[0]!;
      for (let oy = 0; oy < y0.length; oy++) {
        const sy = oy * w.strides[1]! - w.begins[1]!;
        for (let ox = 0; ox < x0.length; ox++) {
          const sx = ox * w.strides[2]! - w.begins[2]!;
          let sum = 0;
          for (let kz = z0[oz]!; kz < z1[oz]!; kz++) {
            for (let ky = y0[oy]!; ky < y1[oy]!; ky++) {
              const row = base + ((sz + kz * dz) * H + sy + ky * dy) * W + sx;
              for (let kx = x0[ox]!; kx < x1[ox]!; kx++) sum += x[row + kx * dx]!;
            }
          }
          out[at++] = sum;
        }
      }
    }
  }
}

/** Writes the maxima of the windows of every plane of `x` to `out`, and the flat index of the first of each to `indices`; NaN wins. */
export function windowMaxima(windows: Windows, x: NumericArray, out: NumericArray, indices: NumericArray): void {
  const w = in3d(windows);
  const [[z0, z1], [y0, y1], [x0, x1]] = tapsOnInput(w);
  const [, H, W] = w.input as [number, number, number];
  const [dz, dy, dx] = w.dilations as [number, number, number];
  const plane = sizeOf(w.input);
  let at = 0;
  for (let base = 0; base < x.length; base += plane) {
    for (let oz = 0; oz < z0.length; oz++) {
      const sz = oz * w.strides[0]! - w.begins[0]!;
      for (let oy = 0; oy < y0.length; oy++) {
        const sy = oy * w.strides[1]! - w.begins[1]!;
        for (let ox = 0; ox < x0.length; ox++) {
          const sx = ox * w.strides[2]! - w.begins[2]!;
          let first = base + ((sz + z0[oz]! * dz) * H + sy + y0[oy]! * dy) * W + sx + x0[ox]! * dx;
          let best = x[first]!;
          for (let kz = z0[oz]!; kz < z1[oz]!; kz++) {
            for (let ky = y0[oy]!; ky < y1[oy]!; ky++) {
              const row = base + ((sz + kz * dz) * H + sy + ky * dy) * W + sx;
              for (let kx = x0[ox]!; kx < x1[ox]!; kx++) {
                const v = x[row + kx * dx]!;
                if (v > best || (v !== v && best === best)) {
                  best = v;
                  first = row + kx * dx;
                }
              }
            }
          }
          out[at] = best;
          indices[at++] = first;
        }
      }
    }
  }
}

/**
 * Appends the adjoint of averaging windows: x̄ = Σ of g/count over the windows that read x. Windows that neither overlap nor leave gaps
 * repeat it; others are again an AveragePool, with zeros put between for strides: onnxruntime's pool takes a millisecond where a
 * ConvTranspose of ones takes tens.
 */
export function averageAdjoint(b: GraphBuilder, windows: Windows, g: string, includePadding: boolean): string {
  const { kernel, strides, dilations, output, begins, ends } = windows;
  const lead = b.shape(g).slice(0, 2);
  const crop = (v: string, before: readonly number[], behind: readonly number[]): string =>
    b.pad(v, [0, 0, ...before.map((p) => -p)], [0, 0, ...behind.map((p) => -p)]);
  if (kernel.every((k, i) => (k === strides[i] || output[i] === 1) && (dilations[i] === 1 || k === 1))) {
    const thin = b.reshape(perTap(b, windows, g, includePadding, 1), [...lead, ...output.flatMap((n) => [n, 1])]);
    const wide = b.expand(thin, [...lead, ...output.flatMap((n, i) => [n, kernel[i]!])]);
    return crop(b.reshape(wide, [...lead, ...output.map((n, i) => n * kernel[i]!)]), begins, ends);
  }
  const share = perTap(b, windows, g, includePadding, sizeOf(kernel));
  const length = output.map((n, i) => (n - 1) * strides[i]! + 1);
  const ranges = [...lead, ...output].map((n, i) => ({ start: 0, step: i < 2 ? 1 : strides[i - 2]!, length: n }));
  const apart = strides.some((s) => s > 1) ? unslice(b, share, [...lead, ...length], ranges)! : share;
  const full = kernel.map((k, i) => extent(k, dilations[i]!) - 1);
  const pads = [...begins, ...ends].map((p, i) => full[i % full.length]! - p);
  const attrs = { kernel_shape: kernel, dilations, count_include_pad: 1 };
  // Runtimes refuse pads as large as the kernel, and the op knows no negative ones.
  if (pads.every((p, i) => p >= 0 && p < kernel[i % kernel.length]!)) return b.op("AveragePool", [apart], { ...attrs, pads });
  const around = pads.map((p) => -p);
  return b.op("AveragePool", [crop(apart, around.slice(0, kernel.length), around.slice(kernel.length))], attrs);
}

/** Appends v·factor/count, with the count of each window's taps. */
function perTap(b: GraphBuilder, windows: Windows, v: string, includePadding: boolean, factor: number): string {
  const counts = tapCounts(windows, includePadding);
  if (counts.every((n) => n === counts[0])) return b.scale(v, factor / counts[0]!);
  return b.mul(
    v,
    b.constant(
      tensor(
        b.dtype(v),
        [1, 1, ...windows.output],
        counts.map((n) => factor / n),
      ),
    ),
  );
}

/** Appends the p-norm `sum`^(1/p), where `sum` is Σ|x|^p over windows or planes. Where it is 0 the derivative is 0. */
export function root(b: GraphBuilder, sum: string, p: number): string {
  if (p === 1) return sum;
  const positive = b.greater(sum, b.scalar(0, sum));
  const safe = b.where(positive, sum, b.scalar(1, sum));
  const power = p === 2 ? b.sqrt(safe) : b.op("Pow", [safe, b.scalar(1 / p, sum)]);
  return b.where(positive, power, b.scalar(0, sum));
}

/** Appends |x|^p for a whole p. */
export function power(b: GraphBuilder, x: string, p: number): string {
  if (p === 2) return b.square(x);
  const base = p % 2 === 0 ? x : b.op("Abs", [x]);
  return p === 1 ? base : b.op("Pow", [base, b.scalar(p, x)]);
}
