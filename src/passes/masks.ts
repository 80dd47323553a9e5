import type { Graph, Node } from "../graph/graph.js";
import { isFloat } from "../graph/tensor.js";
import type { DType } from "../graph/tensor.js";
import { traitsOf } from "../ops/registry.js";

const turned = (side: "below" | "above"): "below" | "above" => (side === "below" ? "above" : "below");

/**
 * Replaces random masks that are computed from uniform noise U by their mean, as is done for Bernoulli and Dropout without a
 * seed. Exporters write stochastic depth as Floor(U + p)/p or Cast(U < p)/p; both have mean 1, but would not give 1 if only U
 * were replaced by its mean ½. The pass works on the nodes of the file, before binding.
 */
export function withExpectedMasks(graph: Graph): Graph {
  const noises = graph.nodes.filter(isUnitNoise);
  if (noises.length === 0) return graph;
  const uses = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const v of node.inputs) {
      const users = uses.get(v);
      if (users) users.push(node);
      else uses.set(v, [node]);
    }
  }
  const replaced = new Map<Node, Node>();
  const usersOf = (node: Node): readonly Node[] => uses.get(node.outputs[0]!) ?? [];

  const replace = (node: Node, noise: string, threshold: string, of: string, to?: DType): void => {
    replaced.set(node, { ...node, op: "ExpectedMask", domain: "isograd", inputs: [noise, threshold], attrs: to ? { of, to } : { of } });
  };
  const casts = (condition: Node, noise: string, threshold: string, side: "below" | "above"): void => {
    for (const user of usersOf(condition)) {
      const to = user.attrs["to"] as DType;
      if (traitsOf(user).negates) casts(user, noise, threshold, turned(side));
      else if (traitsOf(user).casts && isFloat(to)) replace(user, noise, threshold, side, to);
    }
  };

  for (const { outputs } of noises) {
    const noise = outputs[0]!;
    for (const user of uses.get(noise) ?? []) {
      const [first, second] = user.inputs as [string, string];
      const threshold = first === noise ? second : first;
      const { arithmetic, compares: side } = traitsOf(user);
      if (threshold === noise || user.inputs.length !== 2) continue;
      if (arithmetic === "sum")
        usersOf(user)
          .filter((n) => traitsOf(n).floors)
          .forEach((n) => replace(n, noise, threshold, "floor"));
      // Which of noise and threshold comes first decides whether the mask is 1 below or above the threshold.
      else if (side === "below" || side === "above") casts(user, noise, threshold, first === noise ? side : turned(side));
    }
  }
  return replaced.size === 0 ? graph : { ...graph, nodes: graph.nodes.map((n) => replaced.get(n) ?? n) };
}

const isUnitNoise = (n: Node): boolean => traitsOf(n).random === "uniform" && (n.attrs["low"] ?? 0) === 0 && (n.attrs["high"] ?? 1) === 1;
