import { isFloat, sizeOf, tensor } from "../../graph/tensor.js";
import type { ValueType } from "../../graph/tensor.js";
import { stream } from "../../util/random.js";
import type { Stream } from "../../util/random.js";
import type { DecomposeContext } from "../op.js";
import { stepNormals, stepUniforms } from "./step-draws.js";

/**
 * Appends what a random op stands for: draws made once, when the network is bound, or in every step of training, keyed by the seed of masks and the node's name;
 * without a seed their mean, so that nothing is ever drawn unasked.
 */
function noise(c: DecomposeContext, type: ValueType, mean: number, once: Once, each: () => string): string {
  if (!isFloat(type.dtype)) c.fail("draws no floats", { expected: "a float dtype", received: type.dtype });
  if (c.dropoutSeed === undefined) return c.b.full(mean, type);
  return draws(c, type, once, each);
}

/** Draw `i` of a stream, where all are made when the network is bound. */
type Once = (random: Stream, i: number) => number;

/** Draws are made when the network is bound and kept: more of them would take minutes and gigabytes. */
export const DRAW_LIMIT: number = 2 ** 28;

/** Appends seeded draws: a constant, or what `each` appends in float64 where every step of training draws its own. */
export function draws(c: DecomposeContext, type: ValueType, once: Once, each: () => string): string {
  if (c.step) return c.b.cast(each(), type.dtype);
  const random = stream(c.dropoutSeed!, c.node.name);
  if (!(sizeOf(type.shape) <= DRAW_LIMIT)) c.fail(`draws ${sizeOf(type.shape)} numbers`, { expected: `at most ${DRAW_LIMIT}` });
  return c.b.constant(
    tensor(
      type.dtype,
      type.shape,
      Float64Array.from({ length: sizeOf(type.shape) }, (_, i) => once(random, i)),
    ),
  );
}

/** Appends draws from N(mean, scale²) of the given type. */
export function normalNoise(c: DecomposeContext, type: ValueType): string {
  const [mean, scale] = [c.attrs.float("mean"), c.attrs.float("scale")];
  return noise(
    c,
    type,
    mean,
    (random, i) => mean + scale * random.normal(i),
    () => c.b.shift(c.b.scale(stepNormals(c, type.shape), scale), mean),
  );
}

/** Appends draws that are uniform in [low, high). */
export function uniformNoise(c: DecomposeContext, type: ValueType): string {
  const [low, high] = [c.attrs.float("low"), c.attrs.float("high")];
  return noise(
    c,
    type,
    (low + high) / 2,
    (random, i) => low + (high - low) * random.uniform(i),
    () => c.b.shift(c.b.scale(stepUniforms(c, type.shape), high - low), low),
  );
}
