import { producers, readers } from "../graph/graph.js";
import type { Graph, Node } from "../graph/graph.js";
import { traitsOf } from "../ops/registry.js";

/** The most elementwise nodes between a value and the function of it that multiplies it. */
const LONGEST = 12;

/**
 * Answers of a sigmoid or tanh whether it does nothing but gate its own argument, as in x·σ(x), x·σ(βx) and the GELU x/2·(1 + tanh(√(2/π)(x + 0.045·x³))): far from 0 such a
 * function is x or 0, as a ReLU is, and has the slope of one.
 */
export function selfGates(graph: Graph): (node: Node) => boolean {
  const users = readers(graph);
  const makers = producers(graph);
  const fixed = new Set(["", ...graph.initializers.keys()]);
  for (const n of graph.nodes) if (n.inputs.every((v) => fixed.has(v))) for (const o of n.outputs) fixed.add(o);
  const isFixed = (v: string): boolean => fixed.has(v);
  /** The one input of a node that is not fixed, where the node does no more than shift and scale it. */
  const carried = (n: Node): string | undefined => {
    const { arithmetic } = traitsOf(n);
    const moving = n.inputs.filter((v) => !isFixed(v));
    if (arithmetic === undefined || moving.length !== 1 || (arithmetic === "quotient" && n.inputs[0] !== moving[0])) return undefined;
    return moving[0];
  };
  const isOf = (v: string, x: string, left: number): boolean => {
    if (v === x || isFixed(v)) return true;
    const maker = makers.get(v);
    if (left === 0 || maker === undefined || traitsOf(maker).elementwise !== true) return false;
    return maker.inputs.every((i) => isOf(i, x, left - 1));
  };
  /** A value and those that it is a multiple of. */
  const multiples = (v: string): readonly string[] => {
    const maker = makers.get(v);
    const of = maker && ["product", "quotient", "negative"].includes(traitsOf(maker).arithmetic ?? "") ? carried(maker) : undefined;
    return of === undefined ? [v] : [v, ...multiples(of)];
  };
  const gates = (value: string, argument: string, left: number): boolean => {
    const takers = users.get(value) ?? [];
    return (
      takers.length > 0 &&
      takers.every((n) => {
        if (left > 0 && carried(n) === value) return gates(n.outputs[0]!, argument, left - 1);
        const others = n.inputs.filter((v) => v !== value);
        return traitsOf(n).arithmetic === "product" && others.length === 1 && multiples(others[0]!).some((x) => isOf(argument, x, LONGEST));
      })
    );
  };
  return (node) => traitsOf(node).squashes !== undefined && gates(node.outputs[0]!, node.inputs[0]!, LONGEST);
}
