import { traitsOf } from "../../ops/registry.js";
import type { Block } from "../../structure/types.js";
import type { Evidence } from "../evidence.js";
import { mean } from "../../math/statistics.js";
import { isOverTime } from "./module-path.js";
import { bodyGains } from "./profile.js";
import { figure, rate } from "./words.js";

/** Why a profile rises or falls, by what its blocks are, and what is usually done. */
export interface Mechanism {
  readonly why: string;
  readonly remedy: string;
}

export type Direction = "exploding" | "vanishing";

/** What most blocks of a stretch are, as far as it decides which law applies. */
export type BlockFamily =
  "recurrent" | "gated" | "bare residual" | "scaled shortcut" | "norm on trunk" | "residual" | "batch norm" | "norm" | "plain" | "other";

/** Whether a residual block has no norm in it and no factor on its branch (a factor of 1 is none). */
export const isBare = (b: Block): boolean => b.kind === "residual" && b.skip === "identity" && (b.branchScale ?? 1) === 1 && b.norms.length === 0;

/** Whether a residual block has a norm of training behind its sum. */
export const isNormedOnTrunk = (b: Block): boolean => b.kind === "residual" && b.normSites.some((n) => n.where === "trunk" && !n.inference);

/** What most of some blocks are. */
export function blockFamilyOf(c: Evidence, blocks: readonly Block[]): BlockFamily {
  const spans = c.structure.spans.filter((s) => s.kind === "recurrent");
  const live = (b: Block): boolean => b.normSites.some((n) => !n.inference);
  const one = (b: Block): BlockFamily => {
    if (b.kind === "gated") return "gated";
    if (b.kind === "residual" && b.skipScale !== null && Math.abs(b.skipScale) < 1) return "scaled shortcut";
    // A norm in inference mode is a fixed map, and holds nothing back.
    if (isBare(b) || (b.kind === "residual" && b.skip === "identity" && b.branchScale === null && !live(b))) return "bare residual";
    if (isNormedOnTrunk(b)) return "norm on trunk";
    if (b.kind === "residual") return "residual";
    if (spans.some((s) => b.from >= s.from && b.to <= s.to)) return "recurrent";
    // Branches side by side without a shortcut (Inception) are layers like others, as far as their norms go.
    if (b.normSites.some((n) => n.kind === "batch" && !n.inference)) return "batch norm";
    if (b.kind !== "plain") return "other";
    return live(b) ? "norm" : "plain";
  };
  const counts = new Map<BlockFamily, number>();
  for (const b of blocks) counts.set(one(b), (counts.get(one(b)) ?? 0) + 1);
  return [...counts].reduce<readonly [BlockFamily, number]>((best, next) => (next[1] > best[1] ? next : best), ["other", 0])[0];
}

function hasRelu(c: Evidence, blocks: readonly Block[]): boolean {
  const nodes = new Set(blocks.flatMap((b) => b.nodes));
  return c.bound.graph.nodes.some((n) => traitsOf(n).rectifies === "flat" && nodes.has(n.name));
}

/** The law that most blocks of the stretch obey, and the usual remedy with its price. */
export function mechanismOf(c: Evidence, blocks: readonly Block[], direction: Direction): Mechanism {
  const explodes = direction === "exploding";
  const inStretch = bodyGains(c).filter((g) => blocks.includes(g.block) && Number.isFinite(g.lnGain));
  const gain = inStretch.length > 0 ? Math.exp(mean(inStretch.map((g) => g.lnGain))) : NaN;
  const measured = Number.isFinite(gain) ? ` (measured: ×${rate(gain)} on the square)` : "";
  switch (blockFamilyOf(c, blocks)) {
    case "recurrent":
      return {
        why: `Backpropagation through time passes the same recurrent weights at every step${measured}: whatever gain g one step has, T steps have g^T.`,
        remedy: explodes
          ? "Make the recurrent weights orthogonal or scale them down, use gated cells, or truncate the sequence, which forgets what lies further back. Clipping bounds the step, not this profile."
          : "Use gated cells (with a forget-gate bias of 1 or more), an orthogonal recurrent matrix, or shortcuts over time. Gated cells cost three to four times the weights.",
      };
    case "gated":
      if (2 * blocks.filter((b) => isOverTime(c, b.to)).length > blocks.length) {
        return {
          why: `The state passes the cell's gates at every step${measured}: what a forget (or update) gate lets through is raised to the number of steps.`,
          remedy: explodes
            ? "Scale the recurrent weights down or make them orthogonal, or truncate the sequence, which forgets what lies further back. Clipping bounds the step, not this profile."
            : "Raise the forget gate's bias (1 or more; the cell then also keeps what it should forget), let the loss read earlier steps too, or use attention or shortcuts over time.",
        };
      }
      return {
        why: `A gated block carries (1 - T) of its input and T of a branch: the square is multiplied by (1 - T)^2 + T^2·χ each block${measured}, so it ${explodes ? "grows only when χ exceeds (2 - T)/T" : "decays while the carry is below 1"}.`,
        remedy: explodes
          ? "Lower the branch's weight scale, or the transform gate's bias. With a lower gate the blocks do less at first."
          : "Start the transform gates nearer to closed (bias -2 to -4). The blocks then do less at first.",
      };
    case "bare residual":
      return {
        why: explodes
          ? `x + F(x) multiplies the squared gradient by 1 + g${measured}, g being the branch's own gain, so L blocks give (1 + g)^L: the skip alone does not stop growth, it adds 1.`
          : `The branches work against their shortcuts${measured}: J = 1 + F' is smaller than 1 along the gradient's directions.`,
        remedy: explodes
          ? "Make the branch small against the trunk: a norm inside the branch, a factor 1/sqrt(L) on it (total growth about e), or a branch that starts at zero. A small branch learns slower at first; a norm costs time and, for BatchNorm, ties examples together."
          : "Scale the branch down or start it at zero, so that the shortcut carries the gradient.",
      };
    case "scaled shortcut":
      return {
        why: `The shortcuts are multiplied by a factor λ below 1, so what they carry is multiplied by λ^2 per block${measured}, λ^(2L) in all.`,
        remedy: "Leave the shortcut alone (λ = 1) and scale the branch instead. That costs nothing.",
      };
    case "norm on trunk":
      return {
        why: `The norm stands behind the addition, so it also divides what the shortcut carries${measured}; with BatchNorm and ReLU branches the law is 2/(2 - 1/π) = 1.189 per block on the square.`,
        remedy:
          "Move the norm into the branch, before its first weights: growth becomes polynomial. Weights trained with the old order cannot be reused as they are.",
      };
    case "batch norm":
      return {
        why: explodes
          ? !hasRelu(c, blocks)
            ? `The norm scales up again what activation and weights took from the spread, and the gradient pays the same factor${measured}; with ReLU it would be π/(π - 1) = 1.467. No weight scale changes that.`
            : `Every ReLU moves 1/π of the variance into the mean; BatchNorm discards the mean and scales the rest up again, and the gradient pays π/(π - 1) = 1.467 per layer on the square${measured}. No weight scale changes that.`
          : `The norm fixes the forward scale, yet the gradient shrinks from layer to layer${measured}: functions that saturate, or scales of the norms below 1, do that.`,
        remedy: explodes
          ? "Add shortcuts around the layers with the norm inside the branch (growth becomes polynomial), or have fewer layers. Shortcuts need equal shapes or projections."
          : "Look at saturated and dead units first, then at the norms' learned scales.",
      };
    case "plain":
      return {
        why: `Each layer multiplies the squared gradient by χ = σ_w^2·E[φ'^2]${measured}; L layers multiply it by χ^L, and only χ = 1 keeps it.`,
        remedy: explodes
          ? "Scale the weights down to the critical scale of the activation (ReLU: variance 2/fan-in), or add norms within shortcuts. With tanh and large weights only a smaller scale helps: the growth is chaos."
          : "Scale the weights up to the critical scale of the activation (ReLU: variance 2/fan-in; tanh: 1/fan-in), or add shortcuts. Initialisation costs nothing.",
      };
    case "residual":
    case "norm":
    case "other":
      return {
        why: `The blocks' gains multiply${measured}${Number.isFinite(gain) ? `: ${figure(gain)}^L on the square after L blocks` : ""}.`,
        remedy: explodes
          ? "Look at the blocks with the largest gains; make branches small against the trunk, by a norm inside them or a factor of 1/sqrt(L)."
          : "Look at the blocks with the smallest gains; add shortcuts around them, or raise their weight scale.",
      };
  }
}
