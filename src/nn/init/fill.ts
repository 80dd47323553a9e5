import type { Stream } from "../../util/random.js";

/** Draws the elements of a parameter: `out` comes zeroed, row-major in `shape`. What is drawn depends on the stream alone. */
export type Fill = (out: Float32Array | Float64Array, shape: readonly number[], random: Stream) => void;

/** How many terms are summed into one output, and how many outputs one input reaches: channels times kernel size. */
export interface Fans {
  readonly in: number;
  readonly out: number;
}

/** Every element the same. */
export const constant =
  (value: number): Fill =>
  (out) =>
    void out.fill(value);

/** N(0, σ²). */
export const normal =
  (deviation: number): Fill =>
  (out, _shape, random) => {
    if (deviation !== 0) random.normals(out, deviation);
  };

/** Uniform in [−√3·σ, √3·σ): its deviation is σ. */
export const uniform =
  (deviation: number): Fill =>
  (out, _shape, random) => {
    const end = Math.sqrt(3) * deviation;
    for (let i = 0; i < out.length; i++) out[i] = (2 * random.uniform(i) - 1) * end;
  };

/** The deviation of N(0, 1) cut off at ±2: √(1 − 2·2·φ(2)/(Φ(2) − Φ(−2))). */
const CUT_DEVIATION = 0.8796256610342398;

/** N(0, 1) cut off at ±2 (drawn again beyond), scaled so that its deviation is σ. */
export const truncatedNormal =
  (deviation: number): Fill =>
  (out, _shape, random) => {
    const scale = deviation / CUT_DEVIATION;
    for (let i = 0; i < out.length; i++) {
      let at = i;
      let z = random.normal(at);
      while (Math.abs(z) > 2) z = random.normal((at += 2 ** 32));
      out[i] = scale * z;
    }
  };

/** Equal parts one behind the other, each drawn for itself as a tensor of `shape`: the gates of a recurrent cell. */
export const stacked =
  (parts: readonly Fill[], shape: readonly number[]): Fill =>
  (out, _shape, random) => {
    const length = out.length / parts.length;
    parts.forEach((fill, k) => fill(out.subarray(k * length, (k + 1) * length), shape, shifted(random, k * 2 ** 44)));
  };

/** The stream from draw `by` on. */
const shifted = (random: Stream, by: number): Stream => ({
  uniform: (i) => random.uniform(by + i),
  normal: (i) => random.normal(by + i),
  normals(out, scale = 1) {
    for (let i = 0; i < out.length; i++) out[i] = scale * random.normal(by + i);
    return out;
  },
});
