import { producers, readers } from "../../graph/graph.js";
import type { Graph, Node } from "../../graph/graph.js";
import { traitsOf } from "../../ops/registry.js";
import { valueReader } from "../../structure/read-values.js";

/** The most nodes between a weight and the place where its branch joins another. */
const LONGEST = 256;

/** What multiplies all that a weight computes before it joins anything else. */
export interface BranchFactor {
  /** ln of the product of the factors; 0 where there are none. */
  readonly ln: number;
  /** ln of those among them that nothing trains. */
  readonly lnFixed: number;
  /** ln of the scales among them that are trained, without the weights of layers. */
  readonly lnScale: number;
}

const NONE: BranchFactor = { ln: 0, lnFixed: 0, lnScale: 0 };

/**
 * Answers of weights by what their branches are multiplied until they join others: by constants, scales, and by later weights that are far smaller than those which keep a signal's
 * size. Linear in the length of a branch.
 */
export function branchFactors(graph: Graph, trained: ReadonlySet<string>): (weight: string) => BranchFactor {
  const users = readers(graph);
  const makers = producers(graph);
  const read = valueReader(graph);
  const stored = new Set(["", ...graph.initializers.keys()]);
  for (const n of graph.nodes) if (n.inputs.every((v) => stored.has(v))) for (const o of n.outputs) stored.add(o);
  const isTrained = (value: string): boolean => trained.has(value) || (makers.get(value)?.inputs.some(isTrained) ?? false);

  /** ln of what a node multiplies the one value that it takes by; undefined where it takes several, or measures its statistics. */
  const gainOf = (n: Node): { readonly ln: number; readonly by: string | undefined } | undefined => {
    const { arithmetic, product, norm, elementwise, moves, pools } = traitsOf(n);
    const by = n.inputs.filter((v) => v !== "" && stored.has(v));
    if (norm !== undefined || n.inputs.filter((v) => !stored.has(v)).length !== 1) return undefined;
    if (product !== undefined) {
      const ln = lnNormOfRows(graph, n.inputs[1]!, read);
      // A layer that keeps a third of its signal is none that starves what lies before it.
      return { ln: ln < Math.log(0.1) ? ln : 0, by: n.inputs[1] };
    }
    if (arithmetic === "product" || arithmetic === "quotient") {
      const data = by.length === 1 ? read(by[0]!) : undefined;
      if (data === undefined || (arithmetic === "quotient" && n.inputs[1] !== by[0])) return undefined;
      const ln = lnRms(data);
      return { ln: arithmetic === "product" ? ln : -ln, by: by[0] };
    }
    return elementwise === true || moves !== undefined || pools === "mean" || arithmetic !== undefined ? { ln: 0, by: undefined } : undefined;
  };

  return (weight) => {
    let value = weight;
    while (stored.has(value)) {
      const takers = users.get(value) ?? [];
      if (takers.length !== 1) return NONE;
      value = takers[0]!.outputs[0]!;
    }
    let [ln, lnFixed, lnScale] = [0, 0, 0];
    for (let i = 0; i < LONGEST; i++) {
      const takers = users.get(value) ?? [];
      const gain = takers.length === 1 ? gainOf(takers[0]!) : undefined;
      if (gain === undefined || !Number.isFinite(gain.ln)) break;
      ln += gain.ln;
      if (gain.by !== undefined && !isTrained(gain.by)) lnFixed += gain.ln;
      else if (traitsOf(takers[0]!).product === undefined) lnScale += gain.ln;
      value = takers[0]!.outputs[0]!;
    }
    return { ln, lnFixed, lnScale };
  };
}

function lnRms(data: ArrayLike<number>): number {
  let squares = 0;
  for (let i = 0; i < data.length; i++) squares += data[i]! ** 2;
  return 0.5 * Math.log(squares / data.length);
}

/** ln of the root mean square of the norms of a weight's rows: what it multiplies a gradient by, about. */
function lnNormOfRows(graph: Graph, weight: string, read: (v: string) => ArrayLike<number> | undefined): number {
  const data = read(weight);
  const shape = graph.types.get(weight)?.shape;
  if (data === undefined || shape === undefined || shape.length < 2) return NaN;
  return lnRms(data) + 0.5 * Math.log(data.length / Math.max(...shape.slice(0, 2)));
}
