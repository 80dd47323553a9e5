import type { Stream } from "../../util/random.js";

/** Fills the elements of a parameter: `out` is zero at first, row-major in `shape`. Random elements depend on the stream only. */
export type Fill = (out: Float32Array | Float64Array, shape: readonly number[], random: Stream) => void;

/**
 * Fan-in and fan-out of a weight: how many terms are summed into one output, and how many outputs one input reaches. For a
 * kernel: channels times its elements.
 */
export interface Fans {
  readonly in: number;
  readonly out: number;
}

/** Sets every element to `value`. */
export const constant =
  (value: number): Fill =>
  (out) =>
    void out.fill(value);

/** Draws from N(0, σ²); `std` is σ. */
export const normal =
  (std: number): Fill =>
  (out, _shape, random) => {
    if (std !== 0) random.normals(out, std);
  };

/** Draws uniformly from [−√3·σ, √3·σ), which has standard deviation σ = `std`. */
export const uniform =
  (std: number): Fill =>
  (out, _shape, random) => {
    const end = Math.sqrt(3) * std;
    for (let i = 0; i < out.length; i++) out[i] = (2 * random.uniform(i) - 1) * end;
  };

/** The standard deviation of N(0, 1) truncated to [−2, 2]: √(1 − 2·2·φ(2)/(Φ(2) − Φ(−2))), φ the density and Φ its integral. */
const TRUNCATED_STD = 0.8796256610342398;

/** Draws from N(0, 1) truncated to [−2, 2] by rejection, scaled to the standard deviation σ = `std`. */
export const truncatedNormal =
  (std: number): Fill =>
  (out, _shape, random) => {
    const scale = std / TRUNCATED_STD;
    for (let i = 0; i < out.length; i++) {
      let at = i;
      let z = random.normal(at);
      while (Math.abs(z) > 2) z = random.normal((at += 2 ** 32));
      out[i] = scale * z;
    }
  };

/** Fills equal parts along the first axis, each as a tensor of `shape` by its own `Fill`: the gates of a recurrent cell. */
export const stacked =
  (parts: readonly Fill[], shape: readonly number[]): Fill =>
  (out, _shape, random) => {
    const length = out.length / parts.length;
    parts.forEach((fill, k) => fill(out.subarray(k * length, (k + 1) * length), shape, shifted(random, k * 2 ** 44)));
  };

/** Returns the stream that begins at draw number `by`. */
const shifted = (random: Stream, by: number): Stream => ({
  uniform: (i) => random.uniform(by + i),
  normal: (i) => random.normal(by + i),
  normals(out, scale = 1) {
    for (let i = 0; i < out.length; i++) out[i] = scale * random.normal(by + i);
    return out;
  },
});
