import type { GraphBuilder } from "../../src/graph/builder.js";
import type { Node } from "../../src/graph/graph.js";
import { sameShape } from "../../src/graph/tensor.js";
import type { PrimitiveOp, VjpContext } from "../../src/ops/op.js";

/** A way to break one node that a gradient rule emits; undefined where it does not apply. */
type Break = (b: GraphBuilder, node: Node) => Partial<Node> | undefined;

/** The node that passes its input `i` on instead, broadcast where it must be. */
function only(b: GraphBuilder, node: Node, i: number): Partial<Node> | undefined {
  const [from, to] = [node.inputs[i]!, node.outputs[0]!];
  if (!b.isFloat(to) || b.dtype(from) !== b.dtype(to)) return undefined;
  if (sameShape(b.shape(from), b.shape(to))) return { op: "Identity", inputs: [from], attrs: {} };
  return { op: "Expand", inputs: [from, b.ints(b.shape(to))], attrs: {} };
}

const BREAKS: Readonly<Record<string, readonly (readonly [string, Break])[]>> = {
  Add: [
    ["drops the second term", (b, n) => only(b, n, 0)],
    ["drops the first term", (b, n) => only(b, n, 1)],
    ["flips a sign", () => ({ op: "Sub" })],
  ],
  Sub: [
    ["drops the second term", (b, n) => only(b, n, 0)],
    ["flips a sign", () => ({ op: "Add" })],
  ],
  Neg: [["flips a sign", (b, n) => only(b, n, 0)]],
  Mul: [
    ["drops the second factor", (b, n) => only(b, n, 0)],
    ["drops the first factor", (b, n) => only(b, n, 1)],
  ],
  Div: [["drops the divisor", (b, n) => only(b, n, 0)]],
  Where: [["swaps its branches", (_, n) => ({ inputs: [n.inputs[0]!, n.inputs[2]!, n.inputs[1]!] })]],
};

/** One mutant of a gradient rule: a name, and the rule that emits the broken nodes. */
export interface Mutant {
  readonly name: string;
  readonly vjp: PrimitiveOp["vjp"];
}

type Rule = Extract<PrimitiveOp["vjp"], (...args: never[]) => unknown>;

/** Every mutant of an op's rule that applies where it emits at most `emitted` nodes: each emitted node broken in each way, each cotangent negated and dropped. */
export function mutantsOf(op: PrimitiveOp, emitted: readonly string[]): Mutant[] {
  const rule = op.vjp as Rule;
  const mutants: Mutant[] = [];
  emitted.forEach((kind, k) => {
    for (const [what, change] of BREAKS[kind] ?? []) {
      mutants.push({
        name: `its node ${k} (${kind}) ${what}`,
        vjp: (c: VjpContext) => {
          const start = c.b.nodes.length;
          const result = rule(c);
          const at = start + k;
          const node = c.b.nodes[at];
          const broken = node && node.op === kind ? change(c.b, node) : undefined;
          if (broken) c.b.nodes[at] = { ...node!, ...broken };
          else mutantSkipped.count++;
          return result;
        },
      });
    }
  });
  Object.keys(op.inputs).forEach((port, i) => {
    for (const [what, change] of [
      ["negates", (c: VjpContext, g: string) => c.b.neg(g)],
      ["drops", (c: VjpContext, g: string) => c.b.zerosLike(g)],
    ] as const) {
      mutants.push({
        name: `${what} the cotangent of ${port}`,
        vjp: (c: VjpContext) => {
          const result = rule(c);
          if (Array.isArray(result))
            return result.map((g: string | undefined, j) =>
              j === i && g !== undefined ? change(c, g) : (g ?? ((mutantSkipped.count += j === i ? 1 : 0), g)),
            );
          const byPort = result as Readonly<Record<string, string | undefined>>;
          const g = byPort[port];
          if (g === undefined) mutantSkipped.count++;
          return g === undefined ? result : { ...byPort, [port]: change(c, g) };
        },
      });
    }
  });
  return mutants;
}

/** How often a mutant changed nothing since this was last set to 0: it does not count then. */
export const mutantSkipped = { count: 0 };
