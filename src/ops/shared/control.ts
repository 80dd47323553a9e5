import type { Attr, Graph } from "../../graph/graph.js";
import type { Tensor, ValueType } from "../../graph/tensor.js";
import { IsogradError } from "../../util/errors.js";
import type { DecomposeContext } from "../op.js";

/** Loops that unroll beyond these are refused. */
export const UNROLL_LIMIT = { iterations: 10_000, nodes: 1_000_000 } as const;

/** Checks that a loop about to run iteration `i` stays within the limits. */
export function checkUnrolled(c: DecomposeContext, i: number): void {
  const fix = "bind a shorter sequence, or export the network without this loop";
  if (i >= UNROLL_LIMIT.iterations) c.fail(`it runs more than ${UNROLL_LIMIT.iterations} times, too often to unroll`, { fix });
  if (c.b.nodes.length > UNROLL_LIMIT.nodes) c.fail(`the network unrolls to more than ${UNROLL_LIMIT.nodes} nodes in its iteration ${i}`, { fix });
}

/** Returns the one boolean of a condition. */
export function truth(c: DecomposeContext, cond: Tensor): boolean {
  if (cond.dtype !== "bool" || cond.data.length !== 1)
    c.fail("its condition is not one boolean", { received: `${cond.dtype}[${cond.shape.join(", ")}]` });
  return cond.data[0] !== 0;
}

/** Tells whether the loop goes on after iteration `i`: its body's condition must be known before any run. */
export function goesOn(c: DecomposeContext, cond: string, i: number): boolean {
  const known = c.b.constantOf(cond);
  if (known) return truth(c, known);
  throw new IsogradError("op/not-constant", `whether ${c.node.op} goes on after its iteration ${i} depends on the data`, {
    at: [c.node.name],
    value: cond,
    fix: `export the network with a fixed number of iterations, or fix a value of the file, for example with --set ${cond}=1`,
  });
}

/** Returns the values of every iteration as one tensor with a new axis; an error when there are none, for then their shape is unknown. */
export function stacked(c: DecomposeContext, values: readonly string[], axis = 0): string {
  const { b } = c;
  if (values.length === 0) return c.fail("it runs zero times, so the shape of what it collects is unknown");
  if (values.some((v) => b.sequences.has(v))) return c.fail("it collects sequences where only tensors can be stacked");
  const rank = b.shape(values[0]!).length + 1;
  const at = axis < 0 ? axis + rank : axis;
  if (!(at >= 0 && at < rank)) c.fail(`its scan output axis ${axis} is outside a tensor of rank ${rank}`);
  return b.concat(
    values.map((v) => b.unsqueeze(v, [at])),
    at,
  );
}

/** Returns a loop body or branch for examples and tests: its typed inputs, its nodes as [op, inputs, outputs, attributes], its outputs and constants. */
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
