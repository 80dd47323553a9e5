import type { Case } from "../case.js";
import { placeOf } from "./place.js";

/** A layer with more silent units than chance explains. */
export interface SilentLayer {
  readonly place: string;
  readonly share: number;
  readonly size: number;
}

/** So much more than chance, at the least. */
const MARGIN = 0.05;
/** Layers of fewer units tell nothing. */
const FEWEST = 8;

/** The share of units that would be silent on all of n examples, were each silent on a share `alone` of them; plus three standard errors. */
export function chanceLimit(alone: number, n: number, size: number): number {
  const p = alone ** n;
  return p + Math.max(MARGIN, 3 * Math.sqrt((p * (1 - p)) / size));
}

/** Layers whose share of silent units (mean over batches) exceeds chance, worst first; undefined when there are none. */
export function silentShares(
  c: Case,
  kind: "dead" | "saturated",
  alone: number,
): { readonly layers: readonly SilentLayer[]; readonly watched: number; readonly worst: number } | undefined {
  const makers = new Map(c.bound.graph.nodes.flatMap((n) => n.outputs.map((o) => [o, n.name] as const)));
  const shown = new Set(c.bound.graph.outputs);
  const sites = (c.measurements[0]?.units ?? []).flatMap((site, i) => {
    const shares = c.measurements.map((m) => m.units[i]?.[kind] ?? NaN);
    const share = shares.reduce((s, v) => s + v, 0) / shares.length;
    return Number.isFinite(share) && site.size >= FEWEST && !shown.has(site.value) ? [{ ...site, share }] : [];
  });
  const layers = sites
    .filter((s) => s.share > chanceLimit(alone, c.examples, s.size))
    .sort((a, b) => b.share - a.share)
    .map((s): SilentLayer => ({ place: placeOf(makers.get(s.value) ?? s.value), share: s.share, size: s.size }));
  return layers.length === 0 ? undefined : { layers, watched: sites.length, worst: layers[0]!.share };
}
