import type { Structure } from "../structure/types.js";
import type { Measurement } from "./measurement.js";
import type { CutReading } from "./probes.js";
import { lnSum } from "../math/statistics.js";

/**
 * Profiles over depth, at the boundaries of the body's blocks from input to output, for the verdict. `gradient` holds ½ ln Σg² and `activation` ½ ln mean x²
 * [replicates, boundaries], natural logarithms of norms.
 */
export interface Profiles {
  readonly gradient: readonly (readonly number[])[];
  readonly activation: readonly (readonly number[])[];
  /** What the replicates are; undefined where there are too few for an interval. */
  readonly over: "examples" | "batches" | undefined;
  /** For every block whether the law of growth over depth starts anew in it. */
  readonly restarts: readonly boolean[];
  /** Indices of the boundaries on the trunk. */
  readonly boundaries: readonly number[];
  /** Number of examples left out because their gradient is exactly zero. */
  readonly zeroExamples: number;
}

/** The smallest number of batches for an interval over batches. */
export const INTERVAL_BATCHES = 8;

/** ½ ln Σ g² at a cut over the whole batch; −Infinity where no gradient reaches it. */
export const lnGradientOf = (cut: CutReading): number => (cut.lnGradientSquares ? 0.5 * lnSum(cut.lnGradientSquares) : -Infinity);

/** ½ ln mean x² at a cut over the whole batch. */
export const lnActivationOf = (cut: CutReading): number => {
  const { lnSquares, elements } = cut.activation;
  return 0.5 * (lnSum(lnSquares) - Math.log(elements * lnSquares.length));
};

/**
 * Computes ln of the gradient scale coefficient from a cut to the end, ½ ln (Σg²·mean x²) at the cut minus the same at the end (Philipp, Song & Carbonell
 * 2017): the mean over the examples for which it is defined, or over the whole batch where a cut has no row per example. Null where it is not defined.
 */
export function lnScaleFreeOf(cut: CutReading, end: CutReading): number | null {
  const [here, there] = [cut, end].map((c) => c.lnGradientSquares);
  if (!here || !there) return null;
  const rows = [here, there, cut.activation.lnSquares, end.activation.lnSquares].every((l) => l.length === here.length && l.length > 1);
  if (rows) {
    const size = Math.log(cut.activation.elements) - Math.log(end.activation.elements);
    const each = here.map((g, e) => 0.5 * (g + cut.activation.lnSquares[e]! - there[e]! - end.activation.lnSquares[e]! - size));
    const defined = each.filter(Number.isFinite);
    if (defined.length > 0) return defined.reduce((s, v) => s + v, 0) / defined.length;
  }
  const [own, last] = [cut, end].map((c) => lnGradientOf(c) + lnActivationOf(c)) as [number, number];
  return Number.isNaN(own - last) || last === -Infinity ? null : own - last;
}

/** The blocks of the profile: those of the body. There may be none between stem and head. */
export function profileBlocks(structure: Structure): Structure["blocks"] {
  return structure.blocks.filter((b) => b.role === "body");
}

/**
 * For each block whether the law of growth over depth starts anew in it: at a projection, at a norm after the addition, and at a plain block among residual,
 * gated or dense ones, because these replace the sum that the trunk has accumulated.
 */
function restartsOf(blocks: Structure["blocks"]): readonly boolean[] {
  const forked = 2 * blocks.filter((b) => b.kind !== "plain" && b.kind !== "other").length > blocks.length;
  return blocks.map((b) => b.skip === "projection" || (b.kind === "plain" ? forked : b.normSites.some((n) => n.where === "trunk")));
}

/**
 * Makes profiles from measurements, one for each batch. Replicates are examples where examples are independent and every boundary has a row per example,
 * else batches. `mixing`: whether examples influence each other, if known.
 */
export function profilesOf(structure: Structure, measurements: readonly Measurement[], mixing: boolean | undefined): Profiles {
  const blocks = profileBlocks(structure);
  const boundaries = blocks.length > 0 ? [blocks[0]!.from, ...blocks.map((b) => b.to)] : [structure.trunk.length - 1];
  const restarts = restartsOf(blocks);
  const cuts = (m: Measurement): readonly CutReading[] => boundaries.map((i) => m.cuts[i]!);
  const [first] = measurements as [Measurement];
  const counts = cuts(first).map((c) => c.lnGradientSquares?.length ?? 0);
  const examples = counts[0] ?? 0;
  const byExample =
    mixing === false && examples > 1 && counts.every((n) => n === examples) && cuts(first).every((c) => c.activation.lnSquares.length === examples);
  if (byExample) {
    const rows = measurements.flatMap((m) => Array.from({ length: examples }, (_, e) => ({ cuts: cuts(m), e })));
    const live = rows.filter((r) => r.cuts.some((c) => c.lnGradientSquares![r.e]! > -Infinity));
    const kept = live.length > 1 ? live : rows;
    return {
      gradient: kept.map((r) => r.cuts.map((c) => 0.5 * c.lnGradientSquares![r.e]!)),
      activation: kept.map((r) => r.cuts.map((c) => 0.5 * (c.activation.lnSquares[r.e]! - Math.log(c.activation.elements)))),
      over: "examples",
      restarts,
      boundaries,
      zeroExamples: rows.length - live.length,
    };
  }
  return {
    gradient: measurements.map((m) => cuts(m).map(lnGradientOf)),
    activation: measurements.map((m) => cuts(m).map(lnActivationOf)),
    over: measurements.length >= INTERVAL_BATCHES ? "batches" : undefined,
    restarts,
    boundaries,
    zeroExamples: 0,
  };
}
