import { cotangentInput, lossOutput } from "../autodiff/loss.js";
import type { Graph, Node } from "../graph/graph.js";
import { newBuilder } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import type { Join } from "./joins.js";

/** A forward graph in which what is joined can be moved, part by part. */
export interface PerturbedGraph {
  readonly graph: Graph;
  /** The loss is ⟨cotangent, output⟩. */
  readonly cotangentInput: string;
  readonly loss: string;
  /** For every join the inputs that are added to the join itself, and to each of its parts as the join takes it. */
  readonly perturbations: readonly { readonly whole: string; readonly parts: readonly string[] }[];
}

/**
 * The network with a graph input added to every part of the joins, on its way into the join only, and to the joins themselves. Runs of it tell by
 * differences, with no rule of differentiation, what moving one part does to the loss. Feed zeros to what stays where it is.
 */
export function perturbedGraph(bound: Bound, joins: readonly Join[]): PerturbedGraph {
  const { graph } = bound;
  const types = new Map(graph.types);
  const inputs = [...graph.inputs];
  const nodes: Node[] = [];
  const taken = (name: string): string => {
    let own = name;
    while (types.has(own)) own += "_";
    return own;
  };
  const input = (name: string, like: string): string => {
    const own = taken(name);
    types.set(own, types.get(like)!);
    inputs.push({ name: own, ...types.get(like)! });
    return own;
  };
  const added = (value: string, perturbation: string, output: string): Node => ({
    op: "Add",
    domain: "",
    name: output,
    inputs: [value, perturbation],
    outputs: [output],
    attrs: {},
  });
  const perturbations = joins.map((j) => ({
    whole: input(`perturbation/${j.output}`, j.output),
    parts: j.parts.map((p, i) => input(`perturbation/${j.output}/${i}`, p.value)),
  }));
  for (const node of graph.nodes) {
    const ins = [...node.inputs];
    const outs = [...node.outputs];
    const behind: Node[] = [];
    joins.forEach((j, k) => {
      j.parts.forEach((p, i) => {
        if (p.user !== node.name) return;
        const moved = taken(`${j.output}/part${i}`);
        types.set(moved, types.get(p.value)!);
        nodes.push(added(p.value, perturbations[k]!.parts[i]!, moved));
        ins[p.input] = moved;
      });
      const at = outs.indexOf(j.output);
      if (at < 0) return;
      outs[at] = taken(`${j.output}/still`);
      types.set(outs[at], types.get(j.output)!);
      behind.push(added(outs[at], perturbations[k]!.whole, j.output));
    });
    nodes.push({ ...node, inputs: ins, outputs: outs }, ...behind);
  }
  const b = newBuilder({ ...graph, inputs, nodes, types });
  const from = lossOutput(bound, undefined);
  const cotangent = cotangentInput(b, from);
  const loss = b.reduceSum(
    b.mul(from, cotangent),
    b.shape(from).map((_, i) => i),
    false,
  );
  b.outputs.length = 0;
  b.outputs.push(loss);
  return { graph: b.build(graph.name), cotangentInput: cotangent, loss, perturbations };
}
