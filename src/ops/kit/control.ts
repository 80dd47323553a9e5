import type { Attr, Graph } from "../../graph/graph.js";
import type { Tensor, ValueType } from "../../graph/tensor.js";
import type { DecomposeContext } from "../op.js";

/** Loops that unroll beyond these are refused. */
export const UNROLL_LIMIT = { iterations: 10_000, nodes: 1_000_000 } as const;

/** Checks that a loop about to run iteration `i` stays within the limits. */
export function checkUnrolled(c: DecomposeContext, i: number, wanted?: number): void {
  const runs = wanted === undefined ? "more than" : `${wanted} times, more than`;
  if (i >= UNROLL_LIMIT.iterations || (wanted ?? 0) > UNROLL_LIMIT.iterations) {
    c.fail(`it would run ${runs} ${UNROLL_LIMIT.iterations} times unrolled`, { fix: "export the network for shorter sequences" });
  }
  if (c.b.nodes.length > UNROLL_LIMIT.nodes) {
    c.fail(`unrolled, the network has more than ${UNROLL_LIMIT.nodes} nodes after ${i} iterations`, { fix: "export the network for shorter sequences" });
  }
}

/** The one boolean of a condition that is known before the run. */
export function truth(c: DecomposeContext, cond: Tensor): boolean {
  if (cond.dtype !== "bool" || cond.data.length !== 1) c.fail("its condition is not one boolean", { received: `${cond.dtype}[${cond.shape.join(", ")}]` });
  return cond.data[0] !== 0;
}

/** A loop body or branch for examples and tests: its typed inputs, its nodes as [op, inputs, outputs, attributes], its outputs and constants. */
export function subgraph(
  inputs: Readonly<Record<string, ValueType>>,
  nodes: readonly (readonly [op: string, inputs: readonly string[], outputs: readonly string[], attrs?: Readonly<Record<string, Attr>>])[],
  outputs: readonly string[],
  constants: Readonly<Record<string, Tensor>> = {},
): Graph {
  return {
    name: "body",
    inputs: Object.entries(inputs).map(([name, { dtype, shape }]) => ({ name, dtype, shape })),
    outputs,
    initializers: new Map(Object.entries(constants)),
    constants: new Set(Object.keys(constants)),
    nodes: nodes.map(([op, ins, outs, attrs = {}]) => ({ op, domain: "", name: `body/${outs[0]}`, inputs: ins, outputs: outs, attrs })),
    types: new Map(),
  };
}
