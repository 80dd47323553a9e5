import type { Graph } from "../graph/graph.js";
import type { Bound } from "../passes/bind.js";
import { withoutRepeats } from "../passes/cse.js";
import { withoutDeadCode } from "../passes/order.js";
import type { Structure } from "../structure/types.js";
import { mean } from "../math/statistics.js";
import { attributeTo, blockwiseBackward } from "./block-vjps.js";
import { lnSquares, withinExample } from "./probe.js";
import type { Get, Reader } from "./probe.js";

/** The gradient s that shortcuts alone carry compared with the true gradient g, at the trunk's values from the first block's input to the last one's output. */
export interface SkipCosine {
  /** cos(s_l, g_l), −1 … 1, and 1 at the last value; the mean over the examples where values have a row for each. Null where either is exactly zero. */
  readonly cosine: readonly (number | null)[];
  /** ‖s_l − g_l‖/‖g_l‖, mean over the examples; null where the true gradient is exactly zero. */
  readonly relativeError: readonly (number | null)[];
}

/** A graph for this comparison, its cotangent input (to be fed from N(0, 1)), and how to read a run. */
export interface SkipCosineGraph {
  readonly graph: Graph;
  readonly cotangentInput: string;
  read(get: Get): SkipCosine;
}

/**
 * Builds a graph that carries the cotangent of the last residual block's output back through the shortcuts alone, s_{l−1} = S_lᵀ s_l (unchanged by identity
 * shortcuts), and compares it with the true g_l. s_l is the gradient that a layer could take from the output at once, as it would a synthetic gradient. Error
 * `spec/invalid` where the network has no residual blocks, or gated ones.
 */
export function skipCosineGraph(bound: Bound, structure: Structure, examples: number): SkipCosineGraph {
  const { b, c, cotangent, blocks, last, gradients } = blockwiseBackward(bound, structure, examples);
  const readers: Reader<Comparison>[] = [];
  let carried: string | undefined = last;
  for (let l = blocks.length; l >= 0; l--) {
    attributeTo(b, blocks[Math.min(l, blocks.length - 1)]!);
    const own = carried;
    readers.unshift(own === undefined ? (): Comparison => ({ cosine: null, relativeError: null }) : comparison(own, gradients[l]!));
    if (l > 0 && carried !== undefined) carried = blocks[l - 1]!.vjp(b, carried).skip;
  }
  b.origin = undefined;
  return {
    graph: withoutDeadCode(withoutRepeats(b.build(bound.graph.name))),
    cotangentInput: cotangent,
    read: (get) => {
      const compared = readers.map((r) => r(get));
      return { cosine: compared.map((p) => p.cosine), relativeError: compared.map((p) => p.relativeError) };
    },
  };

  function comparison(skip: string, truth: string): Reader<Comparison> {
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

/** The comparison at one value of the trunk. */
interface Comparison {
  readonly cosine: number | null;
  readonly relativeError: number | null;
}

/** The mean of the values that are not null; null where all are. */
function meanOf(values: readonly (number | null)[]): number | null {
  const defined = values.filter((v) => v !== null);
  return defined.length === 0 ? null : mean(defined);
}
