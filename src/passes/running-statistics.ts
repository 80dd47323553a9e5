import type { Graph, Model, Node } from "../graph/graph.js";
import { newBuilder, traitsOf } from "../ops/registry.js";
import type { Bound } from "./bind.js";

/** Outputs of a norm over the batch with its batch's mean and biased variance. */
const [MEAN, VARIANCE] = [3, 4];

/** A running statistic of a norm: the initializer that holds it, and the value that it has after a step. */
export interface RunningStatistic {
  readonly name: string;
  readonly next: string;
}

/** Returns the network with the statistics of the batch as outputs of every norm over it, for {@link runningStatistics}; it is to be bound with `trainNorm`. */
export function withBatchStatistics(model: Model): Model {
  const taken = new Set(model.graph.nodes.flatMap((n) => n.outputs));
  const name = (node: Node, what: string): string => {
    let own = `${node.outputs[0]!}/${what}`;
    while (taken.has(own)) own += "_";
    taken.add(own);
    return own;
  };
  const nodes = model.graph.nodes.map((node): Node => {
    if (traitsOf(node).norm !== "batch") return node;
    const outputs = [node.outputs[0]!, "", "", node.outputs[MEAN] || name(node, "mean"), node.outputs[VARIANCE] || name(node, "variance")];
    return { ...node, outputs };
  });
  return { ...model, graph: { ...model.graph, nodes } };
}

/**
 * Appends to a network of {@link withBatchStatistics} what its norms keep of this batch: running ← m·running + (1 − m)·batch, where the variance of the batch
 * is the unbiased one, as in PyTorch (the ONNX standard has the biased one here). A norm whose statistics are no initializers, or that runs as in inference, keeps nothing.
 */
export function runningStatistics(bound: Bound): { readonly bound: Bound; readonly statistics: readonly RunningStatistic[] } {
  const b = newBuilder(bound.graph);
  const statistics: RunningStatistic[] = [];
  const seen = new Set<string>();
  const trained = new Map(bound.batchNorms.filter((n) => n.training).map((n) => [n.node, n]));
  for (const node of bound.model.graph.nodes) {
    const norm = traitsOf(node).norm === "batch" ? trained.get(node.name) : undefined;
    if (!norm) continue;
    const momentum = (node.attrs["momentum"] as number | undefined) ?? Math.fround(0.9);
    for (const [port, output, correction] of [
      [3, MEAN, 1],
      [4, VARIANCE, norm.values / (norm.values - 1)],
    ] as const) {
      const [name, batch] = [node.inputs[port]!, bound.valueOf(node.outputs[output]!)];
      if (batch === undefined || seen.has(name) || !b.initializers.has(name)) continue;
      seen.add(name);
      statistics.push({ name, next: b.add(b.scale(name, momentum), b.scale(b.reshape(batch, b.shape(name)), (1 - momentum) * correction)) });
    }
  }
  return { bound: { ...bound, graph: keeping(b.build(bound.graph.name), bound.graph) }, statistics };
}

/** The graph with the outputs of another. */
const keeping = (graph: Graph, { outputs }: Graph): Graph => ({ ...graph, outputs });
