import { cotangentInput, lossOutput } from "../autodiff/loss.js";
import type { Graph, Node } from "../graph/graph.js";
import { newBuilder } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import type { Join } from "./joins.js";

/** A forward graph with perturbation inputs at joins (see joins.ts). */
export interface PerturbedGraph {
  readonly graph: Graph;
  /** The loss is ⟨cotangent, output⟩. */
  readonly cotangentInput: string;
  readonly loss: string;
  /** For every join the names of the inputs that are added to the join, and to each of its parts. */
  readonly perturbations: readonly { readonly whole: string; readonly parts: readonly string[] }[];
}

/**
 * Adds a graph input to every part of the joins, for this use only, and to the joins. Difference quotients of its runs give the derivative of the loss by a
 * part or a join without any gradient rule. Feed zeros to inputs that are not perturbed.
 */
export function perturbedGraph(bound: Bound, joins: readonly Join[]): PerturbedGraph {
  const { graph } = bound;
  const types = new Map(graph.types);
  const inputs = [...graph.inputs];
  const nodes: Node[] = [];
  const fresh = (name: string): string => {
    let own = name;
    while (types.has(own)) own += "_";
    return own;
  };
  const input = (name: string, like: string): string => {
    const own = fresh(name);
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
    const after: Node[] = [];
    joins.forEach((j, k) => {
      j.parts.forEach((p, i) => {
        if (p.user !== node.name) return;
        const moved = fresh(`${j.output}/part${i}`);
        types.set(moved, types.get(p.value)!);
        nodes.push(added(p.value, perturbations[k]!.parts[i]!, moved));
        ins[p.input] = moved;
      });
      const at = outs.indexOf(j.output);
      if (at < 0) return;
      outs[at] = fresh(`${j.output}/unperturbed`);
      types.set(outs[at], types.get(j.output)!);
      after.push(added(outs[at], perturbations[k]!.whole, j.output));
    });
    nodes.push({ ...node, inputs: ins, outputs: outs }, ...after);
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
