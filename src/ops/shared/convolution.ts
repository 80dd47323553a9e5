import type { GraphBuilder } from "../../graph/builder.js";
import { sizeOf } from "../../graph/tensor.js";
import type { Convolution } from "./convolve.js";
import { reverse } from "./placing.js";
import { tapsOf } from "./window.js";
import type { Windows } from "./window.js";

const above0 = (v: number): number => Math.max(0, v);
const below0 = (v: number): number => Math.min(0, v);
const spatial = (rank: number, from = 2): number[] => Array.from({ length: rank }, (_, i) => from + i);

/** Appends the Conv with these windows; padding below 0 crops first. */
export function conv(b: GraphBuilder, x: string, w: string, windows: Omit<Windows, "input" | "output" | "padded">, group: number): string {
  const { kernel, strides, dilations, begins, ends } = windows;
  const cropped = b.pad(x, [0, 0, ...begins.map(below0)], [0, 0, ...ends.map(below0)]);
  const pads = [...begins, ...ends].map(above0);
  return b.op("Conv", [cropped, w], { kernel_shape: kernel, strides, dilations, pads, group });
}

/**
 * Appends the adjoint of a convolution in its input: x̄[c,i] = Σ ȳ[o,p]·w[o,c,k] over all i = p·stride + k·dilation − begin.
 *
 * At stride 1 it is a Conv with the kernels mirrored and their two channel axes swapped, else a ConvTranspose. Milliseconds,
 * onnxruntime 1.30, two threads: batch 8, 64 channels, 56×56, 3×3: Conv 8.5, ConvTranspose 12.2; batch 128, 16 channels, 32×32: 4.3
 * and 11.0; depthwise 96 channels 56×56, 3×3: 2.6 and 8.6, 7×7: 8.7 and 43.6. At stride 2 (64 to 128 channels, 56×56): ConvTranspose 4.4,
 * zeros put between and Conv 18.
 */
export function inputGradient(b: GraphBuilder, c: Convolution, g: string, w: string): string {
  const { windows, group } = c;
  const { kernel, strides, dilations, begins, ends } = windows;
  const rank = kernel.length;
  if (strides.every((s) => s === 1)) {
    const [filters, channels] = b.shape(w) as [number, number];
    const mirrored = kernel.flatMap((k, i) => (k > 1 ? [i + 2] : []));
    let v = mirrored.length === 0 ? w : reverse(b, w, mirrored);
    if (group === 1) v = b.transpose(v, [1, 0, ...spatial(rank)]);
    else {
      const parts = b.reshape(v, [group, filters / group, channels, ...kernel]);
      v = b.reshape(b.transpose(parts, [0, 2, 1, ...spatial(rank, 3)]), [group * channels, filters / group, ...kernel]);
    }
    const rest = (pad: number, i: number): number => (kernel[i]! - 1) * dilations[i]! - pad;
    return conv(b, g, v, { kernel, strides, dilations, begins: begins.map(rest), ends: ends.map(rest) }, group);
  }
  return convTranspose(b, c, g, w);
}

/** Appends the ConvTranspose that is the adjoint of a convolution in its input. */
export function convTranspose(
  b: GraphBuilder,
  { windows, group }: Omit<Convolution, "batch" | "channels" | "filters">,
  g: string,
  w: string,
): string {
  const { kernel, strides, dilations, begins, ends } = windows;
  // Input behind the last window: a ConvTranspose makes less than a stride of it by itself.
  const unread = ends.map((e) => above0(-e));
  const own = unread.map((u, i) => (u < strides[i]! ? u : 0));
  const pads = [...begins, ...ends].map(above0);
  const y = b.op("ConvTranspose", [g, w], { kernel_shape: kernel, strides, dilations, pads, output_padding: own, group });
  return b.pad(y, [0, 0, ...begins.map((p) => above0(-p))], [0, 0, ...unread.map((u, i) => u - own[i]!)]);
}

/**
 * Appends the adjoint of a convolution in its weights: w̄[o,c,k] = Σ ȳ[n,o,p]·x[n,c,p·stride + k·dilation − begin] over images n and windows p.
 *
 * Four forms, by geometry; milliseconds on onnxruntime 1.30, two threads, batch 8 where not said:
 * - *tiles*, where windows neither overlap nor leave gaps (1×1, patch embeddings, a kernel as large as the map): the patches are a
 *   reordering of x, and one product gives all of w̄. 16×16 patches of 224×224: 6.0; 1×1, 64 to 256 channels, 56×56: 4.9.
 * - *exchange*, where a group has one channel, or few and many taps, or the taps are very many: a Conv in which batch and channels, stride
 *   and dilation change places. Depthwise 96 channels 56×56, 3×3: 10.9 (a product and sum per tap 11.1), 7×7: 25 (73); at stride 2 from
 *   112×112: 11 (68); 3 to 64 channels, 7×7 stride 2 at 224×224: 13.8 (patch matrix 27).
 * - *patch matrix*, where a group has at most 8 channels: too few columns for a product per tap. 3 to 64 channels, 3×3 at 224×224: 32
 *   (exchange 44, a product per tap 52); 32 groups of 4 channels, 56×56: 18 (exchange 16, per tap 28).
 * - *taps*: for each tap a product with x, shifted and its channels last. Either one product per image and a sum (maps of 1024 pixels and
 *   more), or one product over the whole batch: 64 channels 56×56: 9.2 and 10.1, patch matrix 12, exchange 27; 256 channels 14×14: 16.8 and
 *   9.0; 512 channels 7×7: 22 and 10.5; batch 128, 64 channels 8×8: 7.8 and 3.8; batch 128, 16 channels 32×32: 9.0 and 11.5.
 */
export function weightGradient(b: GraphBuilder, c: Convolution, x: string, g: string): string {
  const { kernel, strides, dilations, output } = c.windows;
  const channels = c.channels / c.group;
  const taps = sizeOf(kernel);
  if (taps === 1 || kernel.every((k, i) => (k === strides[i] || output[i] === 1) && (dilations[i] === 1 || k === 1))) return byTiles(b, c, x, g);
  if (channels === 1 || taps > 64 || (channels <= 8 && taps > 24)) return byExchange(b, c, x, g);
  return channels <= 8 ? byPatchMatrix(b, c, x, g) : byTaps(b, c, x, g);
}

/** Sums a product over the images unless it runs over them already, and drops their axis. */
const overBatch = (b: GraphBuilder, v: string, folded: boolean): string => (folded ? v : b.reduceSum(v, [0], false));

/** Below this many windows per image one product over the whole batch beats one per image. */
const FOLD_BELOW = 1024;

/** Appends ȳ as the left operand of products: [batch, group, filters, windows], or folded [group, filters, batch·windows]. */
function leftOperand(b: GraphBuilder, c: Convolution, g: string, folded: boolean): string {
  const [filters, windows] = [c.filters / c.group, sizeOf(c.windows.output)];
  if (!folded) return b.reshape(g, [c.batch, c.group, filters, windows]);
  const swapped = b.transpose(b.reshape(g, [c.batch, c.filters, windows]), [1, 0, 2]);
  return b.reshape(swapped, [c.group, filters, c.batch * windows]);
}

/** Appends ȳ as the right operand: [batch, group, windows, filters]. */
const rightOperand = (b: GraphBuilder, c: Convolution, g: string): string => b.swap(leftOperand(b, c, g, false));

function byTiles(b: GraphBuilder, c: Convolution, x: string, g: string): string {
  const { kernel, output, strides, begins, ends } = c.windows;
  const rank = kernel.length;
  const [channels, filters, windows, taps] = [c.channels / c.group, c.filters / c.group, sizeOf(output), sizeOf(kernel)];
  let read = b.pad(x, [0, 0, ...begins], [0, 0, ...ends]);
  const sparse = kernel.flatMap((k, i) => (k === 1 && strides[i]! > 1 && output[i]! > 1 ? [i] : []));
  if (sparse.length > 0) {
    const at = sparse.map((i) => i + 2);
    read = b.slice(
      read,
      at.map(() => 0),
      at.map((i) => b.shape(read)[i]!),
      at,
      sparse.map((i) => strides[i]!),
    );
  }
  const folded = windows < FOLD_BELOW && c.batch > 1;
  if (taps === 1 && !folded && channels > filters) {
    // Of x and ȳ the one with fewer channels is transposed.
    const product = b.matmul(b.reshape(read, [c.batch, c.group, channels, windows]), rightOperand(b, c, g));
    return b.reshape(b.swap(overBatch(b, product, false)), [c.filters, channels, ...kernel]);
  }
  const split = b.reshape(read, [c.batch, c.group, channels, ...kernel.flatMap((k, i) => [output[i]!, k])]);
  const [outer, inner] = [spatial(rank).map((_, i) => 3 + 2 * i), spatial(rank).map((_, i) => 4 + 2 * i)];
  const ordered = b.transpose(split, [...(folded ? [1, 0] : [0, 1]), ...outer, 2, ...inner]);
  const columns = b.reshape(ordered, folded ? [c.group, c.batch * windows, channels * taps] : [c.batch, c.group, windows, channels * taps]);
  const product = b.matmul(leftOperand(b, c, g, folded), columns);
  return b.reshape(overBatch(b, product, folded), [c.filters, channels, ...kernel]);
}

function byTaps(b: GraphBuilder, c: Convolution, x: string, g: string): string {
  const { kernel, input, output, begins, ends } = c.windows;
  const rank = kernel.length;
  const [channels, filters, windows, taps] = [c.channels / c.group, c.filters / c.group, sizeOf(output), sizeOf(kernel)];
  const folded = windows < FOLD_BELOW && c.batch > 1;
  const grouped = b.reshape(x, [c.batch, c.group, channels, ...input]);
  const last = b.transpose(grouped, [...(folded ? [1, 0] : [0, 1]), ...spatial(rank, 3), 2]);
  const padded = b.pad(last, [0, 0, ...begins, 0], [0, 0, ...ends, 0]);
  const left = leftOperand(b, c, g, folded);
  const shape = folded ? [c.group, c.batch * windows, channels] : [c.batch, c.group, windows, channels];
  const products = shifts(b, c.windows, padded).map((v) => b.matmul(left, b.reshape(v, shape)));
  const all = overBatch(b, b.concat(products, folded ? 1 : 2), folded);
  return b.reshape(b.transpose(b.reshape(all, [c.group, taps, filters, channels]), [0, 2, 3, 1]), [c.filters, channels, ...kernel]);
}

function byPatchMatrix(b: GraphBuilder, c: Convolution, x: string, g: string): string {
  const { kernel, output, begins, ends } = c.windows;
  const [channels, filters, windows, taps] = [c.channels / c.group, c.filters / c.group, sizeOf(output), sizeOf(kernel)];
  const padded = b.pad(x, [0, 0, ...begins], [0, 0, ...ends]);
  const rows = shifts(b, c.windows, padded).map((v) => b.reshape(v, [c.batch, c.group, channels, windows]));
  const all = overBatch(b, b.matmul(b.concat(rows, 2), rightOperand(b, c, g)), false);
  return b.reshape(b.transpose(b.reshape(all, [c.group, taps, channels, filters]), [0, 3, 2, 1]), [c.filters, channels, ...kernel]);
}

/** Returns what each tap reads of the padded input, whose spatial axes start at 2. */
function shifts(b: GraphBuilder, { kernel, output, strides, dilations }: Windows, padded: string): readonly string[] {
  const axes = spatial(kernel.length);
  return tapsOf(kernel).map((tap) => {
    const starts = tap.map((k, i) => k * dilations[i]!);
    return b.slice(
      padded,
      starts,
      starts.map((s, i) => s + (output[i]! - 1) * strides[i]! + 1),
      axes,
      strides,
    );
  });
}

function byExchange(b: GraphBuilder, c: Convolution, x: string, g: string): string {
  const { kernel, output, strides, dilations, begins, ends } = c.windows;
  const rank = kernel.length;
  const channels = c.channels / c.group;
  const read = b.pad(x, [0, 0, ...begins.map(below0)], [0, 0, ...ends.map(below0)]);
  const size = b.shape(read).slice(2);
  const exchanged = { kernel: output, strides: dilations, dilations: strides, begins: begins.map(above0), ends: ends.map(above0) };
  if (channels <= 8) {
    // Every image is a group of its own: nothing but the few channels has to be moved.
    const images = b.reshape(read, [c.batch * c.group, channels, ...size]);
    const moved = channels === 1 ? b.reshape(images, [1, c.batch * c.group, ...size]) : b.transpose(images, [1, 0, ...spatial(rank)]);
    const all = conv(b, moved, b.reshape(g, [c.batch * c.filters, 1, ...output]), exchanged, c.batch * c.group);
    const summed = b.reduceSum(b.reshape(all, [channels, c.batch, c.filters, sizeOf(kernel)]), [1], false);
    return b.reshape(b.transpose(summed, [1, 0, 2]), [c.filters, channels, ...kernel]);
  }
  const moved = b.transpose(b.reshape(read, [c.batch, c.group, channels, ...size]), [2, 1, 0, ...spatial(rank, 3)]);
  const swapped = b.transpose(g, [1, 0, ...spatial(rank)]);
  const all = conv(b, b.reshape(moved, [channels, c.group * c.batch, ...size]), swapped, exchanged, c.group);
  return b.transpose(all, [1, 0, ...spatial(rank)]);
}
