import * as z from "zod";
import { nodesSite } from "../../graph/site.js";
import { modulePath } from "../../graph/module-path.js";
import { erf } from "../../math/erf.js";
import { batchMean, collapseAt, unitsOf } from "../../probe/check-readings.js";
import { normalExpectation } from "../../math/quadrature.js";
import { real, whole } from "../../util/json.js";
import { list, percent, plural } from "../../util/format.js";
import type { Style } from "../../util/format.js";
import type { Evidence } from "../evidence.js";
import type { Observation } from "../rule.js";
import { factsOf } from "../rule.js";
import type { Plain } from "./fact-schemas.js";

/** A layer with more silent units than chance explains. */
export interface SilentLayer {
  /** The file's node that makes the units. */
  readonly node: string;
  readonly units: number;
  readonly silentShare: number;
}

/** Such layers, the worst first. */
export interface SilentFacts {
  readonly layers: readonly Plain<SilentLayer>[];
  /** Layers whose units were watched. */
  readonly watched: number;
  readonly examples: number;
}

/** The fields of the facts that rules about silent units state. */
export const silentShape: { readonly [K in keyof SilentFacts]: z.ZodType<SilentFacts[K]> } = {
  layers: z.array(factsOf({ node: z.string(), units: whole, silentShare: real.meta({ description: "Share of its units that are silent." }) })),
  watched: whole.meta({ description: "Layers whose units were watched." }),
  examples: whole,
};

/** So much more than chance, at the least. */
const MARGIN = 0.05;
/** In layers of fewer units many may be silent by the draw of their weights; in wider ones half of them, where pixels between 0 and 1 make examples alike. */
const SMALL = 16;
/** The share of silent units from which on a layer is worth a warning: of a small one, and of any other. */
const WORTH_WARNING = { small: 0.75, wide: 0.6 };
/** From this cosine on examples count as one. */
const COLLAPSED = 0.98;
/** Layers of fewer units tell nothing. */
const FEWEST = 8;

/**
 * Returns the share of units that would be silent on all of n examples: were each silent on a share `alone` of them, independently; or, for ReLUs, were
 * examples `alike` with that cosine, E_s[Φ(−s·√(ρ/(1 − ρ)))^n], s being what a unit's examples share. The larger, plus three standard errors.
 */
export function chanceLimit(alone: number, n: number, size: number, alike = 0): number {
  // Examples that have collapsed are one example: half of all units are silent for it.
  const rho = alike > COLLAPSED ? 0.9999 : Math.max(alike, 0);
  const shared = Math.sqrt(rho / (1 - rho));
  const p = Math.max(alone ** n, rho === 0 ? 0 : normalExpectation((s) => (0.5 + 0.5 * erf((-s * shared) / Math.SQRT2)) ** n, { tolerance: 1e-6 }));
  return p + Math.max(MARGIN, 3 * Math.sqrt((p * (1 - p)) / size));
}

/** Finds the layers whose share of silent units (mean over batches) exceeds chance, worst first; a warning from three fifths of a layer on (of a small one three quarters). None where there are none. */
export function silentUnits(e: Evidence, kind: "dead" | "saturated", alone: number): readonly Observation<Plain<SilentFacts>>[] {
  const makers = new Map(e.bound.graph.nodes.flatMap((n) => n.outputs.map((o) => [o, n.name] as const)));
  const shown = new Set(e.bound.graph.outputs);
  const alike = likenessOf(e);
  const watched = e.places.units.flatMap(({ unit: { value } }, i) => {
    const share = batchMean(e, (batch) => unitsOf(e, i, batch)[kind] ?? NaN);
    const { size } = unitsOf(e, i);
    return Number.isFinite(share) && size >= FEWEST && !shown.has(value) ? [{ value, size, share }] : [];
  });
  const layers = watched
    .filter((s) => s.share > chanceLimit(alone, e.examples, s.size, kind === "dead" ? alike(makers.get(s.value)) : 0))
    .sort((a, b) => b.share - a.share)
    .map((s) => ({ node: makers.get(s.value) ?? s.value, units: s.size, silentShare: s.share }));
  if (layers.length === 0) return [];
  return [
    {
      severity: layers.some((l) => l.silentShare >= (l.units < SMALL ? WORTH_WARNING.small : WORTH_WARNING.wide)) ? "warning" : "info",
      site: nodesSite(layers.map((l) => l.node)),
      facts: { layers, watched: watched.length, examples: e.examples },
    },
  ];
}

/** Returns the numbers of a finding about silent units; `are` says in what they are silent. */
export const silentEvidence = ({ layers, watched, examples }: SilentFacts, are: string, style: Style): string =>
  `in ${layers.length} of ${plural(watched, "layer")} more units are ${are} for ${examples === 1 ? "the one example" : `all ${plural(examples, "example")}`} than chance explains: ${list(layers.map((l) => `${percent(l.silentShare, style)} of ${l.units} in ${modulePath(l.node)}`))}`;

/** Returns the mean cosine between the examples where the block of a node begins; 0 where it is not known. */
function likenessOf(e: Evidence): (node: string | undefined) => number {
  const starts = new Map(e.structure.blocks.flatMap((b) => b.nodes.map((n) => [n, b.from] as const)));
  return (node) => {
    const at = node === undefined ? undefined : starts.get(node);
    return at === undefined ? 0 : batchMean(e, (batch) => collapseAt(e, at, batch).cosine ?? 0);
  };
}
