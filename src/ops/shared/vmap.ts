import type { Node } from "../../graph/graph.js";
import type { VmapContext } from "../op.js";
import { normalizeAxis } from "./elementwise.js";

// Rules that several ops share: how a node runs for several runs at once, whose axis stands in front.

/** Appends the node's op on other inputs, with other attributes. */
export const again = (c: VmapContext, inputs: readonly string[], attrs: Node["attrs"] = c.node.attrs): readonly string[] =>
  c.b.ops(c.node.op, inputs, attrs, { outputs: c.node.outputs.length });

/** For ops that only write a value in another shape. */
export const rewritten = (c: VmapContext): readonly string[] => [c.b.reshape(c.xs[0]!, [c.runs, ...c.out[0]!.shape])];

/** For ops that work along the attribute `axis` of their first input, while the others are common to all runs. */
export function alongAxis(c: VmapContext): readonly string[] {
  c.xs.forEach((_, i) => i > 0 && c.differs(i) && c.fail("has an input that differs between the runs"));
  const axis = normalizeAxis(c.attrs.int("axis"), c.own(0).length, c.node.op);
  return again(c, c.xs, { ...c.node.attrs, axis: axis + 1 });
}

/** The axes of a list input, or of its default, as they are behind the axis of runs. */
export const shifted = (axes: readonly number[]): readonly number[] => axes.map((a) => a + 1);
