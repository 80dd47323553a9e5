import type { Block } from "../../structure/types.js";
import type { Evidence } from "../evidence.js";
import type { Finding } from "../finding.js";
import { largest } from "../../verdict/spread.js";
import type { Growth, Spread } from "../../verdict/types.js";
import { mechanismOf } from "./mechanism.js";
import type { Direction } from "./mechanism.js";
import { FEW, batchNorms, isUnlikeTraining, normCaveat } from "./norms.js";
import { blockName, stretchName } from "./module-path.js";
import { HUNDREDFOLD, bodyGains, bodyOf, gradientProfile, sum } from "./profile.js";
import type { BlockGain } from "./profile.js";
import { magnitude, plural, rate, sentences } from "./words.js";

/** One of at least so many blocks that makes this much of a spread, in logarithms, is its place. */
const SEVERAL = 4;
const MOST = 0.7;

/** A stretch between two positions of the verdict, from the input side to the output side. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** The factor of a rise (×) or a fall (÷), and its interval where it has one. */
export function factorOf(s: Spread, sign: "×" | "÷"): string {
  const value = `${sign}${magnitude(s.value)}`;
  return s.low === s.high ? value : `${value} (95 % interval ${sign}${magnitude(s.low)} to ${sign}${magnitude(s.high)})`;
}

/** `×1.467 per block on the square (1.44 to 1.49, over the blocks)`; empty where there is no rate. */
export function perBlock(g: Growth): string {
  if (g.perBlock === null) return "";
  const over = { examples: "over the examples", batches: "over the batches", blocks: "over the blocks", reinitialisations: "over reinitialisations" };
  const interval = g.low === null || g.high === null || g.over === null ? "" : ` (${rate(g.low)} to ${rate(g.high)}, ${over[g.over]})`;
  return `×${rate(g.perBlock)} per block on the square${interval}`;
}

/** An ill profile is an error, but of a file whose norms were folded or run in inference mode it may not be the profile of training. */
export const profileSeverity = (c: Evidence): "error" | "warning" => (isUnlikeTraining(c) ? "warning" : "error");

/** The finding on a rise or fall of the whole profile. */
export function spreadFinding(c: Evidence, direction: Direction): Finding {
  const { verdict } = c;
  const stretch = { from: Math.min(verdict.from, verdict.to), to: Math.max(verdict.from, verdict.to) };
  const blocks = bodyOf(c).slice(stretch.from, stretch.to);
  const spread = direction === "exploding" ? verdict.rise : verdict.fall;
  if (spread.value === Infinity) {
    return {
      rule: direction,
      severity: profileSeverity(c),
      where: stretchName(c, blocks),
      evidence: "the gradient is exactly zero before this place, for every example that has one behind it",
      why: sentences(
        "Something here has a derivative of zero on the whole batch: units that are all dead or clipped, a factor of zero, a norm over a single value.",
        normCaveat(c),
      ),
      remedy: "Look at the dead units and at the factors here; nothing before this place learns until one of them lets a gradient pass.",
    };
  }
  const one = concentrated(c, blocks, direction, spread.value);
  const told = one ? [one.block] : blocks;
  const { why, remedy } = mechanismOf(c, told, direction);
  const small = direction === "exploding" ? smallBatchWords(c, blocks) : "";
  const law = verdict.law === "undetermined" ? "" : `, ${verdict.law} law`;
  const rateOf = perBlock(verdict.gradient);
  return {
    rule: direction,
    severity: profileSeverity(c),
    where: stretchName(c, told),
    evidence: `the gradient's norm ${direction === "exploding" ? `grows ${factorOf(spread, "×")}` : `shrinks ${factorOf(spread, "÷")}`} from output to input over ${plural(blocks.length, "block")}${one ? `, ${direction === "exploding" ? "×" : "÷"}${magnitude(Math.abs(one.lnGain) / 2)} of it in ${blockName(c, one.block)} alone` : `${rateOf === "" ? "" : `; ${rateOf}`}${law}`}`,
    why: sentences(
      small,
      one ? "One block does most of it: look there first, for units that are dead or saturated, a weight of another scale, a factor." : "",
      why,
      normCaveat(c),
    ),
    remedy: sentences(small === "" ? "" : "First check with the batch that you train with.", remedy),
  };
}

/** The block that alone makes most of a spread over several, where there is one. */
function concentrated(c: Evidence, blocks: readonly Block[], direction: Direction, spread: number): BlockGain | undefined {
  const sign = direction === "exploding" ? 1 : -1;
  const gains = bodyGains(c).filter((g) => blocks.includes(g.block) && Number.isFinite(g.lnGain));
  if (gains.length < SEVERAL) return undefined;
  const top = gains.reduce((a, b) => (sign * b.lnGain > sign * a.lnGain ? b : a));
  return (sign * top.lnGain) / 2 > MOST * spread ? top : undefined;
}

/** Where norms over few values made most of a growth that without their blocks would be none: a sentence that says so, else nothing. */
function smallBatchWords(c: Evidence, blocks: readonly Block[]): string {
  const few = new Set(batchNorms(c).flatMap((n) => (n.training && n.values < FEW.values ? [n.node] : [])));
  const gains = bodyGains(c).filter((g) => blocks.includes(g.block));
  const own = gains.filter((g) => g.block.normSites.some((s) => few.has(s.node)));
  const [theirs, all] = [own, gains].map((list) => sum(list.map((g) => g.lnGain)) / 2) as [number, number];
  if (own.length === 0 || !(all - theirs < HUNDREDFOLD)) return "";
  return `×${magnitude(theirs)} of it lies in ${plural(own.length, "block")} whose BatchNorms run over fewer than ${FEW.values} values (norm-small-batch); without ${own.length === 1 ? "it" : "them"} it would be ×${magnitude(all - theirs)}.`;
}

/** The finding on a rate that the net is too shallow to suffer from; none where there is no such rate. */
export function projectionFinding(c: Evidence, direction: Direction): readonly Finding[] {
  const { projection, gradient, decision } = c.verdict;
  if (projection === null || gradient.perBlock === null || (decision !== "healthy" && decision !== "undecided")) return [];
  if (gradient.perBlock > 1 !== (direction === "exploding")) return [];
  const blocks = bodyOf(c);
  const { why, remedy } = mechanismOf(c, blocks, direction);
  return [
    {
      rule: direction,
      severity: "info",
      where: stretchName(c, blocks),
      evidence: `${perBlock(gradient)}: the norm would change 100-fold at ${plural(Math.ceil(projection), "block")}; this network has ${blocks.length}`,
      why: sentences(why, normCaveat(c)),
      remedy: `Nothing at this depth. Before making the network deeper: ${remedy}`,
    },
  ];
}

/** The stretches of the largest rise (of ln‖g‖ from output to input) and of the largest fall. */
export function extremeStretches(c: Evidence): { readonly rise: Stretch; readonly fall: Stretch } {
  const p = gradientProfile(c);
  return { rise: largest(p, 1), fall: largest(p, -1) };
}
