import type { DecomposeContext } from "../op.js";

/** Names of the activations' parameters, in the order in which fused ops list them. */
const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  Relu: [],
  Sigmoid: [],
  Tanh: [],
  Softplus: [],
  Softsign: [],
  LeakyRelu: ["alpha"],
  Elu: ["alpha"],
  ThresholdedRelu: ["alpha"],
  HardSigmoid: ["alpha", "beta"],
  Selu: ["alpha", "gamma"],
};

/** Returns the activation that onnxruntime's optimiser has fused into an op. `value` gives its parameter of that name or index. */
export function activated(c: DecomposeContext, v: string, name: string, value: (parameter: string, index: number) => number | undefined): string {
  const { b } = c;
  if (name === "") return v;
  if (name === "Clip")
    return b.op("Clip", [v, b.scalar(value("min", 0) ?? -3.4028234663852886e38, v), b.scalar(value("max", 1) ?? 3.4028234663852886e38, v)]);
  const parameters = PARAMETERS[name] ?? c.fail(`its activation "${name}" is not supported`);
  const attrs: Record<string, number> = {};
  parameters.forEach((p, i) => {
    const given = value(p, i);
    if (given !== undefined) attrs[p] = given;
  });
  return b.op(name, [v], attrs);
}
