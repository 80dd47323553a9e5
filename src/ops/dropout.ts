import type { Node } from "../graph/graph.js";
import { sizeOf, tensor } from "../graph/tensor.js";
import { stream } from "../util/random.js";
import { floats } from "./shared/examples.js";
import { DRAW_LIMIT } from "./shared/random.js";
import { PRIME, stepDraws } from "./shared/step-draws.js";
import { one, optional, optionalFixed } from "./op.js";
import type { Op, UpgradeContext } from "./op.js";

/**
 * output = data·mask/(1 − ratio) in training mode, else data. It is the identity unless a seed of masks is given; then the mask
 * is drawn when the network is bound, or in every step of training, keyed by the seed and the node's name, and 1 with probability 1 − ratio.
 */
export const Dropout: Op<"data" | "ratio" | "training_mode", "output" | "mask"> = {
  name: "Dropout",
  since: [7, 10, 12, 13, 22],
  traits: { random: "mask" },
  inputs: { data: one, ratio: optionalFixed, training_mode: optional },
  outputs: { output: one, mask: optional },
  attrs: { seed: { kind: "int" } },
  upgrade: upgradeDropout,
  decompose: (c) => {
    const { b, x, dropoutSeed } = c;
    const { dtype, shape } = b.type(x.data);
    const active = dropoutSeed !== undefined && c.has("training_mode") && c.constant("training_mode").data[0] === 1;
    const ratio = active ? (c.has("ratio") ? c.constant("ratio").data[0]! : 0.5) : 0;
    if (!(ratio >= 0 && ratio <= 1)) c.fail("its ratio is no probability", { expected: "0 to 1", received: String(ratio) });
    if (!active || ratio === 0) return [x.data, c.wants(1) ? b.full(1, { dtype: "bool", shape }) : undefined];
    const scale = ratio === 1 ? 0 : 1 / (1 - ratio);
    if (c.step) {
      const draws = stepDraws(c, shape);
      const mask = b.op("Not", [b.less(draws, b.scalar(ratio * PRIME, draws))]);
      return [b.mul(x.data, b.scale(b.cast(mask, dtype), scale)), c.wants(1) ? mask : undefined];
    }
    if (sizeOf(shape) > DRAW_LIMIT) c.fail(`draws ${sizeOf(shape)} numbers`, { expected: `at most ${DRAW_LIMIT}` });
    const random = stream(dropoutSeed, c.node.name);
    const kept = Uint8Array.from({ length: sizeOf(shape) }, (_, i) => (random.uniform(i) < ratio ? 0 : 1));
    const factors = b.constant(
      tensor(
        dtype,
        shape,
        Float64Array.from(kept, (k) => k * scale),
      ),
    );
    return [b.mul(x.data, factors), c.wants(1) ? b.constant(tensor("bool", shape, kept)) : undefined];
  },
  examples: [
    { name: "inference", inputs: [floats([2, 3]), floats([], { values: [0.25] })] },
    { name: "mask", inputs: [floats([2, 3])], outputs: 2 },
    {
      name: "training without a seed",
      inputs: [floats([2, 3]), floats([], { values: [0.25] }), { dtype: "bool", shape: [], values: [1], constant: true }],
      withoutRuntime: "the runtime draws a mask",
    },
  ],
};

/**
 * Before opset 12 the ratio was an attribute, and nothing said whether the network trains: exporters that drop the node from
 * inference graphs leave it in training graphs, so a seed of masks turns it on.
 */
function upgradeDropout(u: UpgradeContext): Node {
  if (u.opset >= 12) return u.node;
  const ratio = u.constant(tensor("float32", [], [(u.node.attrs["ratio"] as number | undefined) ?? 0.5]));
  return { ...u.node, attrs: {}, inputs: [u.node.inputs[0]!, ratio, u.constant(tensor("bool", [], [1]))] };
}
