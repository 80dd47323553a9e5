import { formatType } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { draws } from "./shared/random.js";
import { stepUniforms } from "./shared/step-draws.js";
import { one } from "./op.js";
import type { Op } from "./op.js";

/**
 * output[n, s] = a class drawn with the probabilities softmax(input[n]): the argmax of input[n] plus Gumbel noise, keyed by the
 * seed of masks and the node's name (Gumbel 1954). Without a seed every draw is the likeliest class.
 */
export const Multinomial: Op<"input", "output"> = {
  name: "Multinomial",
  since: [7, 22],
  traits: { random: "outcomes" },
  inputs: { input: one },
  outputs: { output: one },
  attrs: { dtype: { kind: "dtype", default: "int32" }, sample_size: { kind: "int", default: 1 }, seed: { kind: "float" } },
  decompose: (c) => {
    const { b, x, attrs } = c;
    const type = b.type(x.input);
    const [rows, classes] = type.shape as [number, number];
    if (type.shape.length !== 2) c.fail("its input is not a matrix of logits", { received: formatType(type) });
    const shape = [rows, attrs.int("sample_size")];
    const gumbel = { dtype: type.dtype, shape: [...shape, classes] };
    const to = attrs.dtype("dtype");
    if (c.dropoutSeed === undefined) return [b.cast(b.expand(b.op("ArgMax", [x.input], { axis: 1, keepdims: 1 }), shape), to)];
    const noisy = b.add(
      b.unsqueeze(x.input, [1]),
      draws(
        c,
        gumbel,
        (random, i) => -Math.log(-Math.log(random.uniform(i))),
        () => b.neg(b.log(b.neg(b.log(stepUniforms(c, gumbel.shape))))),
      ),
    );
    return [b.cast(b.op("ArgMax", [noisy], { axis: 2, keepdims: 0 }), to)];
  },
  examples: [
    { name: "without a seed", inputs: [floats([3, 4])], withoutRuntime: "the runtime draws" },
    { name: "several samples", inputs: [floats([2, 3])], attrs: { sample_size: 5, dtype: "int64" }, withoutRuntime: "the runtime draws" },
  ],
};
