import type { Graph, Node } from "../../graph/graph.js";
import { int64s, isFloat, tensor } from "../../graph/tensor.js";
import type { Tensor } from "../../graph/tensor.js";
import { AttrReader } from "../../ops/attrs.js";
import { MaxPool } from "../../ops/max-pool.js";
import { poolOf } from "../../ops/shared/pool.js";

/**
 * Gives a MaxPool with ceil_mode and padding an input that is padded by −∞ exactly as far as its windows reach: onnxruntime's WebAssembly kernel
 * places the last windows of such a pool elsewhere. One with Indices, which count in the unpadded input, is left to {@link isCeilPool}.
 */
export function padCeilPools(graph: Graph): Graph {
  if (!graph.nodes.some(isCeilPool)) return graph;
  const [types, initializers, constants] = [new Map(graph.types), new Map(graph.initializers), new Set(graph.constants)];
  const constant = (name: string, value: Tensor): string => {
    initializers.set(name, value);
    constants.add(name);
    types.set(name, { dtype: value.dtype, shape: value.shape });
    return name;
  };
  const nodes = graph.nodes.flatMap((n): Node[] => {
    const x = n.inputs[0]!;
    const { dtype, shape } = graph.types.get(x)!;
    if (!isCeilPool(n) || (n.outputs[1] ?? "") !== "" || !isFloat(dtype)) return [n];
    const w = poolOf(new AttrReader(n, MaxPool.attrs), shape);
    const pads = constant(`padded/${n.name}/pads`, int64s([0, 0, ...w.begins, 0, 0, ...w.ends]));
    const lowest = constant(`padded/${dtype}/lowest`, tensor(dtype, [], [-Infinity]));
    const wide = `padded/${n.name}`;
    types.set(wide, { dtype, shape: [...shape.slice(0, 2), ...w.input.map((size, i) => size + w.begins[i]! + w.ends[i]!)] });
    const { pads: _, ceil_mode: __, auto_pad: ___, ...attrs } = n.attrs;
    return [
      { op: "Pad", domain: "", name: wide, inputs: [x, pads, lowest], outputs: [wide], attrs: {}, ...(n.origin ? { origin: n.origin } : {}) },
      { ...n, inputs: [wide], attrs },
    ];
  });
  return { ...graph, nodes, types, initializers, constants };
}

/** Tells whether a node is a MaxPool with ceil_mode and padding. */
export const isCeilPool = (n: Node): boolean =>
  n.op === "MaxPool" &&
  n.domain === "" &&
  Boolean(n.attrs["ceil_mode"]) &&
  ((n.attrs["pads"] as readonly number[] | undefined) ?? []).some((p) => p > 0);
