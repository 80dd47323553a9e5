import { readers } from "../../graph/graph.js";
import type { Node } from "../../graph/graph.js";
import { traitsOf } from "../../ops/registry.js";
import type { Bound } from "../../passes/bind.js";

/** A weight of time steps of which the first begins with a state that no input has a part in. */
export interface StateWeight {
  readonly name: string;
  /** Whether its steps go from the last input to the first. */
  readonly backward: boolean;
}

/** A place among the parts of a Concat, which a Split takes apart again, as the directions of a recurrent layer are. */
interface Part {
  readonly at: number;
  readonly of: number;
}

/**
 * Tells whether a tensor multiplies the state of time steps, and a constant state in the first of them: undefined where it does not. If it gets no gradient
 * although the steps get one, only the first step is used. `active` has the values that depend on an input.
 */
export function stateWeight({ graph, model }: Pick<Bound, "graph" | "model">, active: ReadonlySet<string>, name: string): StateWeight | undefined {
  const users = readers(graph);
  const products: { readonly node: Node; readonly weight: string }[] = [];
  let second = false;
  const stack: { readonly value: string; readonly part: Part | undefined }[] = [{ value: name, part: undefined }];
  for (let own = stack.pop(); own; own = stack.pop()) {
    const { value, part } = own;
    for (const n of users.get(value) ?? []) {
      const { product, concatenates, splits, moves } = traitsOf(n);
      if (product) products.push({ node: n, weight: value });
      else if (concatenates) stack.push({ value: n.outputs[0]!, part: { at: n.inputs.indexOf(value), of: n.inputs.length } });
      else if (splits) {
        const own = part?.of === n.outputs.length ? part : undefined;
        second ||= own?.of === 2 && own.at === 1;
        n.outputs.forEach((o, i) => (own === undefined || own.at === i) && stack.push({ value: o, part: undefined }));
      } else if (moves !== undefined) stack.push({ value: n.outputs[0]!, part });
      else return undefined;
    }
  }
  const fromState = products.map(({ node, weight }) => node.inputs.slice(0, 2).some((v) => v !== weight && active.has(v)));
  if (!fromState.includes(true) || !fromState.includes(false)) return undefined;
  const layer = products[0]!.node.origin?.node;
  const { direction } = model.graph.nodes.find((n) => n.name === layer)?.attrs ?? {};
  return { name, backward: direction === "reverse" || second };
}
