import { isFloat } from "../graph/tensor.js";
import type { Tensor } from "../graph/tensor.js";
import { isPrimitive } from "../ops/op.js";
import { opNamed, portAt } from "../ops/registry.js";
import type { Bound } from "./bind.js";

/** One trainable tensor of a file: a float initializer, or a float Constant of at least two elements. */
export interface Parameter {
  /** The initializer's name, or the Constant's output name. */
  readonly name: string;
  readonly value: Tensor;
  /** Whether a differentiable path leads from it to the loss; its gradient is zero otherwise. */
  readonly reaches: boolean;
}

/**
 * The parameters of a network with respect to a value (the loss, or what the loss is computed from): what a differentiable path
 * leads from, judged on the file's own ops, plus what only feeds other outputs (`reaches: false`). Inputs that networks are not
 * differentiated by (BatchNormalization's mean and var, Clip's bounds, Resize's scales, …) make no parameters.
 */
export function parametersOf(bound: Bound, target: string): readonly Parameter[] {
  const backwards = new Map<string, string[]>();
  for (const { from, to } of bound.flow) {
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

/** Values that some node of the file takes through a port that networks are differentiated by. */
function usedDifferentiably(bound: Bound): ReadonlySet<string> {
  const used = new Set<string>();
  for (const node of bound.model.graph.nodes) {
    const op = opNamed(node.op, node.domain);
    if (!op || (isPrimitive(op) && typeof op.vjp !== "function")) continue;
    // A cast of a float to an integer has a rule, as casts have, but nothing flows back.
    if (op.traits?.casts && !isFloat(bound.graph.types.get(bound.valueOf(node.outputs[0] ?? "") ?? "")?.dtype ?? "float32")) continue;
    node.inputs.forEach((v, i) => {
      if (portAt(op.inputs, i)?.port.static !== true) used.add(v);
    });
  }
  return used;
}
