import type { Graph } from "../graph/graph.js";
import type { Bound } from "../passes/bind.js";
import { withoutRepeats } from "../passes/cse.js";
import { withoutDeadCode } from "../passes/order.js";
import type { Structure } from "../structure/types.js";
import { mean } from "../math/statistics.js";
import { place, walk } from "./crossings.js";
import { lnSquares, withinExample } from "./probe.js";
import type { Get, Reader } from "./probe.js";

/** How near the gradient that shortcuts alone carry comes to the true one, at every value of the trunk from the first block's input to the last one's output. */
export interface SkipCosine {
  /** cos(s_l, g_l): 1 at the last. Mean over the examples where values have a row for each; null where either is exactly zero. */
  readonly cosine: readonly (number | null)[];
  /** ‖s_l − g_l‖/‖g_l‖, mean over the examples; null where the true gradient is exactly zero. */
  readonly relativeError: readonly (number | null)[];
}

/** A graph that measures it, its cotangent input (N(0, 1) is drawn for it), and how to read what a run gives. */
export interface SkipCosineGraph {
  readonly graph: Graph;
  readonly cotangentInput: string;
  read(get: Get): SkipCosine;
}

/**
 * Carries the cotangent of the last residual block's output down the shortcuts alone, s_{l−1} = S_lᵀ s_l (unchanged, where they are identities), and
 * holds it against the true g_l: what a layer would know if it took its gradient from the output at once, as from a synthetic gradient.
 * Errors: `spec/invalid` where the network has no residual blocks, or gates.
 */
export function skipCosineGraph(bound: Bound, structure: Structure, examples: number): SkipCosineGraph {
  const { b, c, cotangent, chain, last, gradients } = walk(bound, structure, examples);
  const readers: Reader<Place>[] = [];
  let carried: string | undefined = last;
  for (let l = chain.length; l >= 0; l--) {
    place(b, chain[Math.min(l, chain.length - 1)]!);
    const own = carried;
    readers.unshift(own === undefined ? (): Place => ({ cosine: null, relativeError: null }) : against(own, gradients[l]!));
    if (l > 0 && carried !== undefined) carried = chain[l - 1]!.back(b, carried).skip;
  }
  b.origin = undefined;
  return {
    graph: withoutDeadCode(withoutRepeats(b.build(bound.graph.name))),
    cotangentInput: cotangent,
    read: (get) => {
      const places = readers.map((r) => r(get));
      return { cosine: places.map((p) => p.cosine), relativeError: places.map((p) => p.relativeError) };
    },
  };

  function against(skip: string, truth: string): Reader<Place> {
    const [s, g, rest] = [skip, truth, b.sub(skip, truth)].map((v) => lnSquares(c, v, false)) as [Rows, Rows, Rows];
    const dot = c.fetch(b.reduceSum(b.mul(skip, truth), withinExample(c, truth), false));
    return (get) => {
      const [own, whole, off] = [s(get), g(get), rest(get)];
      const cosines = Array.from(get(dot).data, (d, e) =>
        own[e] === -Infinity || whole[e] === -Infinity ? null : d * Math.exp(-(own[e]! + whole[e]!) / 2),
      );
      const errors = off.map((r, e) => (whole[e] === -Infinity ? null : Math.exp((r - whole[e]!) / 2)));
      return { cosine: meanOf(cosines), relativeError: meanOf(errors) };
    };
  }
}

type Rows = Reader<readonly number[]>;

interface Place {
  readonly cosine: number | null;
  readonly relativeError: number | null;
}

/** The mean of what is defined. */
function meanOf(values: readonly (number | null)[]): number | null {
  const defined = values.filter((v) => v !== null);
  return defined.length === 0 ? null : mean(defined);
}
