import { formatType, sizeOf } from "../graph/tensor.js";
import { floats } from "./shared/examples.js";
import { EPSILON, moments, overSpread } from "./shared/norm.js";
import { fixed, one, optional } from "./op.js";
import type { Node } from "../graph/graph.js";
import type { ExampleInput, Op, UpgradeContext } from "./op.js";

type Ports = "X" | "scale" | "B" | "input_mean" | "input_var";
type Outputs = "Y" | "running_mean" | "running_var" | "saved_mean" | "saved_var";

const inputs = (x: readonly number[], channels: readonly number[], recipe: Omit<ExampleInput, "dtype" | "shape"> = {}): readonly ExampleInput[] => [
  floats(x, recipe),
  floats(channels),
  floats(channels),
  floats(channels),
  floats(channels, { low: 0.5, high: 2 }),
];

/**
 * Y = (X − μ)/√(σ² + ε)·scale + B per channel (axis 1). In inference mode μ and σ² are inputs, and constants to every derivative;
 * in training mode they are the mean and biased variance of the batch, and running = input·momentum + batch·(1 − momentum).
 * A runtime's own training-mode kernel is never used: the gradient is that of the arithmetic below.
 */
export const BatchNormalization: Op<Ports, Outputs> = {
  name: "BatchNormalization",
  since: [7, 9, 14, 15],
  traits: { norm: "batch" },
  inputs: { X: one, scale: one, B: one, input_mean: fixed, input_var: fixed },
  outputs: { Y: one, running_mean: optional, running_var: optional, saved_mean: optional, saved_var: optional },
  attrs: {
    epsilon: { kind: "float", default: EPSILON },
    momentum: { kind: "float", default: Math.fround(0.9) },
    training_mode: { kind: "flag", default: 0 },
    spatial: { kind: "flag", default: 1 },
  },
  upgrade: upgradeBatchNormalization,
  decompose: (c) => {
    const { b, x, attrs } = c;
    const shape = b.shape(x.X);
    if (shape.length === 0) c.fail("its input X is a scalar", { expected: "a batch axis and a channel axis" });
    // Without `spatial` every activation has statistics of its own.
    const [channels, axes] = attrs.flag("spatial")
      ? [[shape[1] ?? 1, ...shape.slice(2).map(() => 1)], shape.flatMap((_, i) => (i === 1 ? [] : [i]))]
      : [shape.slice(1), [0]];
    const size = sizeOf(channels);
    for (const v of [x.scale, x.B, x.input_mean, x.input_var]) {
      const t = b.type(v);
      if (sizeOf(t.shape) === size) continue;
      c.fail("a per-channel input has another size than X has channels", { expected: `${size} elements`, received: formatType(t) });
    }
    const [scale, bias] = [b.reshape(x.scale, channels), b.reshape(x.B, channels)];
    const training = attrs.flag("training_mode");
    const epsilon = attrs.float("epsilon");
    if (!training) {
      const centred = b.sub(x.X, b.reshape(x.input_mean, channels));
      const factor = overSpread(b, b.reshape(x.input_var, channels), epsilon, scale);
      return [b.add(b.mul(centred, factor), bias), x.input_mean, x.input_var, x.input_mean, x.input_var];
    }
    const { mean, centred, variance } = moments(b, x.X, axes);
    const y = b.add(b.mul(centred, overSpread(b, variance, epsilon, scale)), bias);
    const momentum = attrs.float("momentum");
    const running = (before: string, batch: string): string =>
      b.add(b.scale(before, momentum), b.scale(b.reshape(batch, b.shape(before)), 1 - momentum));
    return [
      y,
      c.wants(1) ? running(x.input_mean, mean) : undefined,
      c.wants(2) ? running(x.input_var, variance) : undefined,
      c.wants(3) ? b.reshape(mean, b.shape(x.input_mean)) : undefined,
      c.wants(4) ? b.reshape(variance, b.shape(x.input_var)) : undefined,
    ];
  },
  examples: [
    { name: "inference", inputs: inputs([2, 3, 2, 2], [3]) },
    { name: "inference of rank 2", inputs: inputs([4, 3], [3]), attrs: { epsilon: 0.125 } },
    { name: "inference of rank 5", inputs: inputs([2, 2, 2, 1, 3], [2]) },
    { name: "training", inputs: inputs([2, 3, 2, 2], [3]), attrs: { training_mode: 1 }, outputs: 3 },
    { name: "training of rank 3, running statistics", inputs: inputs([3, 2, 4], [2]), attrs: { training_mode: 1, momentum: 0.75 }, outputs: 3 },
    { name: "training of rank 2", inputs: inputs([5, 3], [3]), attrs: { training_mode: 1, epsilon: 0.125 }, outputs: 3 },
    { name: "training of rank 5", inputs: inputs([2, 2, 2, 1, 3], [2]), attrs: { training_mode: 1 }, outputs: 3 },
    { name: "a mean far from 0", inputs: inputs([4, 2, 3], [2], { low: 300, high: 304 }), attrs: { training_mode: 1 }, outputs: 3 },
    { name: "statistics per activation", inputs: inputs([3, 2, 2], [2, 2]), attrs: { spatial: 0 }, withoutRuntime: "opsets 7 and 8 had it" },
    {
      name: "statistics per activation in training",
      inputs: inputs([3, 2, 2], [2, 2]),
      attrs: { spatial: 0, training_mode: 1 },
      outputs: 5,
      withoutRuntime: "opsets 7 and 8 had it",
    },
  ],
};

/** Before opset 14 a node that names more outputs than Y was in training mode: so PyTorch exported it. */
function upgradeBatchNormalization({ node, opset }: UpgradeContext): Node {
  if (opset >= 14 || !node.outputs.slice(1).some((o) => o !== "")) return node;
  return { ...node, attrs: { ...node.attrs, training_mode: 1 } };
}
