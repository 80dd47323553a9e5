import { isFloat } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { isPrimitive } from "../ops/op.js";
import { opNamed, portAt } from "../ops/registry.js";
import type { Model, Node } from "../graph/graph.js";
import type { Bound } from "./bind.js";

/** One trainable tensor of a file: a float initializer, or a float Constant of at least two elements. */
export interface Parameter {
  /** The initializer's name, or the Constant's output name. */
  readonly name: string;
  readonly value: Tensor;
  /** Whether a differentiable path leads from it to the loss. Otherwise its gradient is zero. */
  readonly reaches: boolean;
}

/**
 * Returns the parameters of a network with respect to a value `target` (the loss, or the output that it is computed from):
 * tensors from which a differentiable path leads to it, judged on the ops of the file, and initializers that only reach other
 * outputs (`reaches: false`). A tensor that enters through a non-differentiable port only (mean and var of BatchNormalization,
 * bounds of Clip, scales of Resize, …) is no parameter.
 */
export function parametersOf(bound: Bound, target: string): readonly Parameter[] {
  const backwards = new Map<string, string[]>();
  for (const { from, to } of bound.gradientEdges) {
    for (const t of to) {
      const list = backwards.get(t);
      if (list) list.push(from);
      else backwards.set(t, [from]);
    }
  }
  const reaching = new Set([target]);
  const stack = [target];
  while (stack.length > 0) {
    for (const from of backwards.get(stack.pop()!) ?? []) {
      if (reaching.has(from)) continue;
      reaching.add(from);
      stack.push(from);
    }
  }
  const used = usedDifferentiably(bound);
  const result: Parameter[] = [];
  for (const [name, { value, constant }] of bound.candidates) {
    if (reaching.has(name)) result.push({ name, value, reaches: true });
    else if (!constant && used.has(name)) result.push({ name, value, reaches: false });
  }
  return result;
}

const NONE: ReadonlySet<string> = new Set();

/** Returns the names of float initializers that the exported program does not train, as far as the exporter noted them: its buffers, and constants of its code. */
export const buffersOf = ({ buffers = NONE, graph }: Model): ReadonlySet<string> =>
  new Set([...buffers].filter((name) => isFloat(graph.initializers.get(name)?.dtype ?? "int64")));

/** Returns the values that some node of the file takes through a differentiable port. What only moves or casts elements takes them as its output is taken. */
function usedDifferentiably(bound: Bound): ReadonlySet<string> {
  const { nodes } = bound.model.graph;
  const used = new Set<string>();
  const read = new Set(nodes.flatMap((n) => n.inputs));
  const passing: Node[] = [];
  for (const node of nodes) {
    const op = opNamed(node.op, node.domain);
    if (!op || (isPrimitive(op) && typeof op.vjp !== "function")) continue;
    // Cast has a gradient rule, but no gradient passes from an integer back to a float.
    if (op.traits?.casts && !isFloat(bound.graph.types.get(bound.valueOf(node.outputs[0] ?? "") ?? "")?.dtype ?? "float32")) continue;
    if (node.inputs[0] !== undefined && (op.traits?.moves !== undefined || op.traits?.casts === true)) passing.push(node);
    node.inputs.forEach((v, i) => {
      if (portAt(op.inputs, i)?.port.static !== true && !(i === 0 && passing.at(-1) === node)) used.add(v);
    });
  }
  for (let before = -1; before < used.size;) {
    before = used.size;
    for (const node of passing.toReversed()) if (node.outputs.some((v) => used.has(v) || !read.has(v))) used.add(node.inputs[0]!);
  }
  return used;
}
