import type { Graph } from "../graph/graph.js";
import type { Tensor, ValueType } from "../graph/tensor.js";
import { applyVmap } from "../ops/apply-vmap.js";
import { newBuilder } from "../ops/registry.js";
import { invariant } from "../util/errors.js";

/** A graph that computes several runs of another at once. */
export interface Vmapped {
  readonly graph: Graph;
  /** The name in it of each value of the other. */
  nameOf(value: string): string;
  /** Whether a value differs between the runs: it then has their number as an axis in front of its own. */
  differs(value: string): boolean;
}

/**
 * Returns a graph that makes `runs` runs of a bound graph at once. The inputs in `inputs` and the initializers in `initializers`, given here one run behind another, differ
 * between the runs, and so does what is computed from them; all else is computed once. No run reads a number of another one: one that is not finite stays alone. Error
 * `op/unsupported`: an op that has no rule for it, such as a convolution.
 */
export function vmap(
  graph: Graph,
  { runs, inputs, initializers }: { readonly runs: number; readonly inputs: ReadonlySet<string>; readonly initializers: ReadonlyMap<string, Tensor> },
): Vmapped {
  const b = newBuilder();
  const names = new Map<string, string>([["", ""]]);
  const over = new Set<string>();
  const stacked = ({ dtype, shape }: ValueType): ValueType => ({ dtype, shape: [runs, ...shape] });
  const type = (value: string): ValueType => graph.types.get(value)!;
  for (const { name } of graph.inputs) {
    if (inputs.has(name)) over.add(name);
    names.set(name, b.input(name, inputs.has(name) ? stacked(type(name)) : type(name)));
  }
  for (const [name, value] of graph.initializers) {
    const own = initializers.get(name);
    if (own) {
      invariant(own.data.length === runs * value.data.length, `"${name}" is not given for ${runs} runs`);
      over.add(name);
    }
    names.set(name, b.initializer(name, own ? { ...own, shape: [runs, ...value.shape] } : value, graph.constants.has(name)));
  }
  b.reserve(graph.nodes.flatMap((n) => n.outputs));
  for (const node of graph.nodes) {
    b.origin = node.origin;
    const own = node.inputs.map((v) => names.get(v)!);
    const differs = (i: number): boolean => over.has(node.inputs[i] ?? "");
    const any = node.inputs.some((_, i) => differs(i));
    const made = any ? applyVmap(b, node, { runs, inputs: own, differs, type }) : b.ops(node.op, own, node.attrs, { outputs: node.outputs.length });
    node.outputs.forEach((o, i) => {
      if (o === "") return;
      names.set(o, made[i]!);
      if (any) over.add(o);
    });
  }
  b.origin = undefined;
  b.outputs.push(...new Set(graph.outputs.map((o) => names.get(o)!)));
  return { graph: b.build(graph.name), nameOf: (value) => names.get(value)!, differs: (value) => over.has(value) };
}
