import { erf } from "../../math/erf.js";
import { normalExpectation } from "../../math/quadrature.js";
import type { Evidence } from "../evidence.js";
import { modulePath } from "./module-path.js";

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

/**
 * The share of units that would be silent on all of n examples: were each silent on a share `alone` of them, independently; or, for ReLUs, were
 * examples `alike` with that cosine, E_s[Φ(−s·√(ρ/(1 − ρ)))^n], s being what a unit's examples share. The larger, plus three standard errors.
 */
export function chanceLimit(alone: number, n: number, size: number, alike = 0): number {
  const rho = Math.min(Math.max(alike, 0), 0.9999);
  const shared = Math.sqrt(rho / (1 - rho));
  const p = Math.max(alone ** n, rho === 0 ? 0 : normalExpectation((s) => (0.5 + 0.5 * erf((-s * shared) / Math.SQRT2)) ** n, { tolerance: 1e-6 }));
  return p + Math.max(MARGIN, 3 * Math.sqrt((p * (1 - p)) / size));
}

/** Layers whose share of silent units (mean over batches) exceeds chance, worst first; undefined when there are none. */
export function silentShares(
  c: Evidence,
  kind: "dead" | "saturated",
  alone: number,
): { readonly layers: readonly SilentLayer[]; readonly watched: number; readonly worst: number } | undefined {
  const makers = new Map(c.bound.graph.nodes.flatMap((n) => n.outputs.map((o) => [o, n.name] as const)));
  const shown = new Set(c.bound.graph.outputs);
  const alike = likenessOf(c);
  const sites = (c.measurements[0]?.units ?? []).flatMap((site, i) => {
    const shares = c.measurements.map((m) => m.units[i]?.[kind] ?? NaN);
    const share = shares.reduce((s, v) => s + v, 0) / shares.length;
    return Number.isFinite(share) && site.size >= FEWEST && !shown.has(site.value) ? [{ ...site, share }] : [];
  });
  const layers = sites
    .filter((s) => s.share > chanceLimit(alone, c.examples, s.size, kind === "dead" ? alike(makers.get(s.value)) : 0))
    .sort((a, b) => b.share - a.share)
    .map((s): SilentLayer => ({ place: modulePath(makers.get(s.value) ?? s.value), share: s.share, size: s.size }));
  return layers.length === 0 ? undefined : { layers, watched: sites.length, worst: layers[0]!.share };
}

/** Mean cosine between the examples where the block of a node begins; 0 where it is not known. */
function likenessOf(c: Evidence): (node: string | undefined) => number {
  const starts = new Map(c.structure.blocks.flatMap((b) => b.nodes.map((n) => [n, b.from] as const)));
  return (node) => {
    const at = node === undefined ? undefined : starts.get(node);
    const cosines = at === undefined ? [] : c.measurements.map((m) => m.cuts[at]!.collapse.cosine ?? 0);
    return cosines.length === 0 ? 0 : cosines.reduce((s, v) => s + v, 0) / cosines.length;
  };
}
