import type { GraphBuilder } from "../../graph/builder.js";
import { tensor } from "../../graph/tensor.js";
import type { DecomposeContext } from "../op.js";

/** A complex value as two values of one shape; without `im` it is real. */
export interface Complex {
  readonly re: string;
  readonly im?: string | undefined;
}

/** The same with both parts. */
export interface Spectrum extends Complex {
  readonly im: string;
}

/** The most elements of a matrix of a Fourier transform: 64 MiB in float32. */
const LIMIT = 2 ** 24;

/** Returns the matrices of weight·cos 2πkn/size and weight·sin 2πkn/size, [rows, columns]; k counts columns, n rows. */
function waves(
  c: Pick<DecomposeContext, "b" | "fail">,
  like: string,
  { rows, columns, size, weight = () => 1 }: { rows: number; columns: number; size: number; weight?: (row: number) => number },
): { readonly cos: string; readonly sin: string } {
  if (rows * columns > LIMIT) c.fail(`a transform of ${size} numbers is too long to be written as a product of matrices`);
  const of = (wave: (angle: number) => number): string => {
    const values = Array.from({ length: rows * columns }, (_, i) => {
      const [n, k] = [Math.floor(i / columns), i % columns];
      // Whole turns are left out first: the angle of a large product would lose digits.
      return weight(n) * wave((2 * Math.PI * ((n * k) % size)) / size);
    });
    return c.b.constant(tensor(c.b.dtype(like), [rows, columns], values));
  };
  return { cos: of(Math.cos), sin: of(Math.sin) };
}

/** The forward transform along the last axis: y[k] = Σ x[n]·e^(−2πikn/N) for the first `bins` of N frequencies. */
export function transformed(c: Pick<DecomposeContext, "b" | "fail">, x: Complex, bins: number): Spectrum {
  const { b } = c;
  const size = b.shape(x.re).at(-1)!;
  const { cos, sin } = waves(c, x.re, { rows: size, columns: bins, size });
  const times = (v: string | undefined, m: string): string | undefined => (v === undefined ? undefined : b.matmul(v, m));
  return {
    re: plus(b, b.matmul(x.re, cos), times(x.im, sin)),
    im: plus(b, b.neg(b.matmul(x.re, sin)), times(x.im, cos)),
  };
}

/** The inverse transform along the last axis: x[n] = 1/N Σ y[k]·e^(2πikn/N). */
export function inverted(c: Pick<DecomposeContext, "b" | "fail">, y: Complex): Spectrum {
  const { b } = c;
  const size = b.shape(y.re).at(-1)!;
  const turned = transformed(c, { re: y.re, ...(y.im === undefined ? {} : { im: b.neg(y.im) }) }, size);
  return { re: b.scale(turned.re, 1 / size), im: b.scale(turned.im, -1 / size) };
}

/** The inverse transform to `size` real numbers from the first half of their frequencies, ⌊size/2⌋ + 1 along the last axis. */
export function invertedToReal(c: Pick<DecomposeContext, "b" | "fail">, y: Spectrum, size: number): string {
  const { b } = c;
  const bins = Math.floor(size / 2) + 1;
  // All but the first, and the last of an even size, stand for their conjugates too.
  const weight = (k: number): number => (k === 0 || 2 * k === size ? 1 : 2) / size;
  const { cos, sin } = waves(c, y.re, { rows: bins, columns: size, size, weight });
  return b.sub(b.matmul(y.re, cos), b.matmul(y.im, sin));
}

const plus = (b: GraphBuilder, v: string, w: string | undefined): string => (w === undefined ? v : b.add(v, w));

/** Splits the last axis, of 1 or 2, into real and imaginary part. */
export function complexOf({ b, fail }: Pick<DecomposeContext, "b" | "fail">, v: string): Complex {
  const shape = b.shape(v);
  const last = shape.length - 1;
  if (shape[last] !== 1 && shape[last] !== 2) fail("the last axis of its signal is neither 1 (real) nor 2 (complex)");
  const part = (i: number): string => b.reshape(b.slice(v, [i], [i + 1], [last]), shape.slice(0, -1));
  return shape[last] === 1 ? { re: b.reshape(v, shape.slice(0, -1)) } : { re: part(0), im: part(1) };
}

/** Joins real and imaginary part along a new last axis. */
export const joined = (b: GraphBuilder, { re, im }: Spectrum): string => {
  const last = b.shape(re).length;
  return b.concat([b.unsqueeze(re, [last]), b.unsqueeze(im, [last])], last);
};
