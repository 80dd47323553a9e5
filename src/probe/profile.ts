import type { Structure } from "../structure/types.js";
import type { CutReading, Measurement } from "./measurement.js";
import { lnSum } from "./measurement.js";

/** Profiles over the boundaries of the body's blocks, one row per replicate, as the verdict takes them. */
export interface Profiles {
  readonly gradient: readonly (readonly number[])[];
  readonly activation: readonly (readonly number[])[];
  readonly over: "examples" | "batches" | undefined;
  readonly restarts: readonly boolean[];
  /** Trunk indices of the boundaries. */
  readonly boundaries: readonly number[];
  /** Examples left out because their gradient is exactly zero. */
  readonly zeroExamples: number;
}

/** ½ ln Σ g² over the whole batch; −Infinity where no gradient reaches. */
export const lnGradientOf = (cut: CutReading): number => (cut.lnGradientSquares ? 0.5 * lnSum(cut.lnGradientSquares) : -Infinity);

/** ½ ln mean x² over the whole batch. */
export const lnActivationOf = (cut: CutReading): number => {
  const { lnSquares, elements } = cut.activation;
  return 0.5 * (lnSum(lnSquares) - Math.log(elements * lnSquares.length));
};

/** The blocks whose boundaries make the profile: the body's, or all where the body is too short to tell anything. */
export function profileBlocks(structure: Structure): Structure["blocks"] {
  const body = structure.blocks.filter((b) => b.role === "body");
  return body.length > 0 ? body : structure.blocks;
}

/** Cuts measurements down to profiles. Rows are examples where examples are independent and every boundary has a row per example, else batches. */
export function profilesOf(structure: Structure, measurements: readonly Measurement[], mixing: boolean | undefined): Profiles {
  const blocks = profileBlocks(structure);
  const boundaries = blocks.length > 0 ? [blocks[0]!.from, ...blocks.map((b) => b.to)] : [0, structure.trunk.length - 1];
  const restarts =
    blocks.length > 0 ? blocks.map((b) => b.skip === "projection" || b.normSites.some((n) => n.where === "trunk" && b.kind !== "plain")) : [false];
  const cuts = (m: Measurement): readonly CutReading[] => boundaries.map((i) => m.cuts[i]!);
  const [first] = measurements as [Measurement];
  const counts = cuts(first).map((c) => c.lnGradientSquares?.length ?? 0);
  const examples = counts[0] ?? 0;
  const byExample =
    mixing === false &&
    measurements.length === 1 &&
    examples > 1 &&
    counts.every((n) => n === examples) &&
    cuts(first).every((c) => c.activation.lnSquares.length === examples);
  if (byExample) {
    const rows = Array.from({ length: examples }, (_, e) => e);
    const live = rows.filter((e) => cuts(first).some((c) => c.lnGradientSquares![e]! > -Infinity));
    const kept = live.length > 1 ? live : rows;
    return {
      gradient: kept.map((e) => cuts(first).map((c) => 0.5 * c.lnGradientSquares![e]!)),
      activation: kept.map((e) => cuts(first).map((c) => 0.5 * (c.activation.lnSquares[e]! - Math.log(c.activation.elements)))),
      over: "examples",
      restarts,
      boundaries,
      zeroExamples: rows.length - live.length,
    };
  }
  return {
    gradient: measurements.map((m) => cuts(m).map(lnGradientOf)),
    activation: measurements.map((m) => cuts(m).map(lnActivationOf)),
    over: measurements.length > 1 ? "batches" : undefined,
    restarts,
    boundaries,
    zeroExamples: 0,
  };
}
