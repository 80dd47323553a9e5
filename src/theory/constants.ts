import { producers } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { evaluateNode, traitsOf } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";

/**
 * Returns a function that reads the values that depend on weights and constants only. They are stored, rearranged (which leaves moments unchanged), or
 * computed from such values by the ops' own evaluation. It returns undefined for all others.
 */
export function constantReader({ graph }: Bound, active: (v: string) => boolean): (v: string) => Tensor | undefined {
  const makers = producers(graph);
  const inputs = new Set(graph.inputs.map((i) => i.name));
  const computed = new Map<string, Tensor | undefined>();
  const read = (value: string): Tensor | undefined => {
    const stored = graph.initializers.get(value);
    if (stored || active(value) || inputs.has(value)) return stored;
    if (computed.has(value)) return computed.get(value);
    const node = makers.get(value);
    if (!node) return undefined;
    if (traitsOf(node).moves === "rearranges") return read(node.inputs[0]!);
    const given = node.inputs.map((v) => (v === "" ? undefined : read(v)));
    const known = node.inputs.every((v, i) => v === "" || given[i] !== undefined);
    const results = known
      ? evaluateNode(
          node,
          given,
          node.outputs.map((o) => graph.types.get(o)!),
        )
      : [];
    node.outputs.forEach((o, i) => computed.set(o, results[i]));
    return computed.get(value);
  };
  return read;
}
