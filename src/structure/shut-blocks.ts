import { producers } from "../graph/graph.js";
import type { Graph, Node } from "../graph/graph.js";
import { traitsOf } from "../ops/registry.js";
import type { Block } from "./types.js";

/** Where matrix products and convolutions take their bias. */
const BIAS = 2;

/** Tells whether a value is added to something wherever it is used, as biases are, perhaps reshaped before: one that is zero keeps nothing shut. */
export const isAdded = (graph: Graph, name: string): boolean =>
  graph.nodes
    .filter((n) => n.inputs.includes(name))
    .every((n) => {
      const { arithmetic, product, convolves, moves } = traitsOf(n);
      if (moves === "rearranges" || moves === "repeats") return isAdded(graph, n.outputs[0]!);
      return arithmetic === "sum" || arithmetic === "difference" || ((product ?? convolves) !== undefined && n.inputs.indexOf(name) === BIAS);
    });

/** Tells whether all elements of a tensor are zero. */
export function isZero({ data }: { readonly data: ArrayLike<number> }): boolean {
  for (let i = 0; i < data.length; i++) if (data[i] !== 0) return false;
  return data.length > 0;
}

/** Returns for each of some blocks what it takes, directly or through nodes that lie in no block and depend on no activation (a transposed weight). */
export function valuesOfBlocks(graph: Graph, blocks: readonly Block[]): ReadonlyMap<Block, ReadonlySet<string>> {
  const makers = producers(graph);
  const nodes = new Map(graph.nodes.map((n) => [n.name, n] as const));
  const inside = new Set(blocks.flatMap((b) => b.nodes));
  return new Map(blocks.map((b) => [b, valuesOf(b, nodes, makers, inside)] as const));
}

function valuesOf(
  block: Block,
  nodes: ReadonlyMap<string, Node>,
  makers: ReadonlyMap<string, Node>,
  inside: ReadonlySet<string>,
): ReadonlySet<string> {
  const stack = block.nodes.flatMap((name) => nodes.get(name)?.inputs ?? []);
  const seen = new Set<string>();
  while (stack.length > 0) {
    const v = stack.pop()!;
    if (seen.has(v)) continue;
    seen.add(v);
    const maker = makers.get(v);
    if (maker && !inside.has(maker.name)) stack.push(...maker.inputs);
  }
  return seen;
}

/** Returns the blocks that a weight or a scale among the parameters keeps shut because it is zero, until the first step moves it. */
export function shutBlocks(
  graph: Graph,
  blocks: readonly Block[],
  parameters: readonly { readonly name: string; readonly value: { readonly data: ArrayLike<number> } }[],
): ReadonlySet<Block> {
  const zeros = parameters.filter((p) => isZero(p.value) && !isAdded(graph, p.name)).map((p) => p.name);
  if (zeros.length === 0) return new Set();
  const used = valuesOfBlocks(graph, blocks);
  return new Set(blocks.filter((b) => zeros.some((name) => used.get(b)!.has(name))));
}
