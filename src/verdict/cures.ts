import type { Graph } from "../graph/graph.js";
import { gravest, holdsSigmoids } from "./chains.js";
import type { JudgedChain } from "./chains.js";
import { isIll, mild } from "./judge.js";
import type { Decision, Verdict } from "./types.js";

/** One factor on all weights of a chain, and the verdict on the chain with it. */
export interface ChainCure {
  readonly factor: number;
  readonly verdict: Decision;
}

const isFinite = ({ rise, fall }: Verdict): boolean => Number.isFinite(rise.value) && Number.isFinite(fall.value);

/**
 * Returns the chains for which one factor on all weights is sought: where any is ill whose spread is finite, all such, and with them those that are undecided, which
 * may be as ill.
 */
export function curable(chains: readonly JudgedChain[]): readonly JudgedChain[] {
  const measured = chains.filter((c) => c.blocks.length > 0 && isFinite(c.verdict));
  return measured.some((c) => isIll(c.verdict)) ? measured.filter((c) => isIll(c.verdict) || c.verdict.decision === "undecided") : [];
}

/**
 * Returns what a factor makes of a chain: the verdict on it, or a graver one on a chain that the factor was not for and that was better without. `after`: the chains
 * with all factors, in the order of `before`; `tried`: whether a factor was on a chain's weights.
 */
export function outcomeOf(at: number, before: readonly JudgedChain[], after: readonly JudgedChain[], tried: (at: number) => boolean): Decision {
  const grade = ({ decision }: Verdict): number => (isIll({ decision }) ? 2 : decision === "healthy" ? 0 : 1);
  const spoilt = after.filter((c, i) => !tried(i) && grade(c.verdict) > grade(before[i]!.verdict));
  return gravest([after[at]!, ...spoilt]).verdict.decision;
}

/**
 * Returns the chains as they count once factors on their weights were tried: a mild fall is none where the factor makes the chain healthy. Sigmoids keep theirs: large
 * weights alone take it away, and saturate them.
 */
export function softened(chains: readonly JudgedChain[], cures: readonly (ChainCure | undefined)[], graph: Graph): readonly JudgedChain[] {
  return chains.map((c, i) => {
    const cure = cures[i];
    if (cure === undefined) return c;
    if (cure.verdict !== "healthy" || c.overTime || holdsSigmoids(graph, c.blocks)) return { ...c, cure };
    const verdict = mild(c.verdict, cure.factor, c.blocks.length);
    return verdict === undefined ? { ...c, cure } : { ...c, cure, verdict, mild: verdict.decision === "healthy" };
  });
}
