import * as z from "zod";
import { stretchSite } from "../../structure/block-site.js";
import type { Block } from "../../structure/types.js";
import { inflect, magnitude, plural, sentences } from "../../util/format.js";
import type { Style } from "../../util/format.js";
import { optionalReal, real, whole } from "../../util/json.js";
import type { Evidence } from "../evidence.js";
import type { Severity } from "../finding.js";
import { factsOf, findingRule } from "../rule.js";
import type { FindingRule, Observation, Words } from "../rule.js";
import { growthRate, law, lnFactor, normCaveat } from "./fact-schemas.js";
import { factorWords, rateWords } from "./growth-words.js";
import { mechanismOf, mechanismSchema } from "./mechanism.js";
import { mechanismWords } from "./mechanism-words.js";
import type { Direction } from "./mechanism-words.js";
import { isUnlikeTraining, normCaveatOf } from "./norm-caveat.js";
import { FEW, batchNorms } from "./norms.js";
import { HUNDREDFOLD, bodyGains, bodyOf, sum } from "./profile.js";
import type { BlockGain } from "./profile.js";

/** Where one of at least so many blocks makes this share of a spread, in logarithms, the finding is at that block alone. */
const SEVERAL = 4;
const MOST = 0.7;

const facts = z.discriminatedUnion("case", [
  factsOf({ case: z.literal("lost"), normCaveat }).meta({ description: "The gradient becomes exactly zero." }),
  factsOf({
    case: z.literal("spread"),
    lnFactor,
    blocks: whole.meta({ description: "Blocks that it lies over." }),
    lnOfOneBlock: optionalReal.meta({ description: "ln of the part that one block makes, where that is most of it; the site is this block." }),
    smallBatch: factsOf({ blocks: whole, lnFactor: real, lnRest: real })
      .nullable()
      .meta({ description: "Blocks whose norms run over few values and make most of it: ln of the factor in them, and in all others." }),
    law,
    rate: growthRate,
    mechanism: mechanismSchema,
    normCaveat,
  }).meta({ description: "The norm of the gradient spreads over more than the verdict allows." }),
  factsOf({
    case: z.literal("deeper"),
    rate: growthRate,
    blocks: whole.meta({ description: "Blocks that the network has." }),
    blocksTo100Fold: whole.meta({ description: "Blocks at which the norm would have changed 100-fold." }),
    mechanism: mechanismSchema,
    normCaveat,
  }).meta({ description: "It would, were the network deeper." }),
]);
type Facts = z.output<typeof facts>;

/** Returns the severity of an ill profile: an error, but a warning where norms are folded or in inference mode, as the file may differ from training. */
export const profileSeverity = (e: Evidence): Severity => (isUnlikeTraining(e) ? "warning" : "error");

/** Makes the rule on a rise or on a fall of the whole profile; or on a rate that the network is too shallow to suffer from. */
export const profileRule = (direction: Direction): FindingRule =>
  findingRule({
    id: direction,
    facts,
    examine: (e) => (e.verdict.decision === direction ? [spreadOf(e, direction)] : deeperOf(e, direction)),
    words: ({ site, facts }, style) => {
      switch (facts.case) {
        case "lost":
          return LOST_WORDS;
        case "spread":
          return spreadWords(facts, direction, site.name, style);
        case "deeper":
          return deeperWords(facts, direction, style);
      }
    },
  });

/** Returns the observation on a rise or fall of the whole profile. */
function spreadOf(e: Evidence, direction: Direction): Observation<Facts> {
  const { verdict } = e;
  const blocks = bodyOf(e).slice(Math.min(verdict.from, verdict.to), Math.max(verdict.from, verdict.to));
  const { value, low, high } = direction === "exploding" ? verdict.rise : verdict.fall;
  const severity = profileSeverity(e);
  if (value === Infinity)
    return { severity, site: stretchSite(e.structure, e.bound.graph, blocks), facts: { case: "lost", normCaveat: normCaveatOf(e) } };
  const one = concentrated(e, blocks, direction, value);
  const named = one ? [one.block] : blocks;
  return {
    severity,
    site: stretchSite(e.structure, e.bound.graph, named),
    facts: {
      case: "spread",
      lnFactor: { value, low, high },
      blocks: blocks.length,
      lnOfOneBlock: one ? Math.abs(one.lnGain) / 2 : null,
      smallBatch: direction === "exploding" ? smallBatch(e, blocks) : null,
      law: verdict.law,
      rate: { ...verdict.gradient },
      mechanism: mechanismOf(e, named),
      normCaveat: normCaveatOf(e),
    },
  };
}

/** Returns the block that alone makes most of a spread over several, where there is one. */
function concentrated(e: Evidence, blocks: readonly Block[], direction: Direction, spread: number): BlockGain | undefined {
  const sign = direction === "exploding" ? 1 : -1;
  const gains = bodyGains(e).filter((g) => blocks.includes(g.block) && Number.isFinite(g.lnGain));
  if (gains.length < SEVERAL) return undefined;
  const top = gains.reduce((a, b) => (sign * b.lnGain > sign * a.lnGain ? b : a));
  return (sign * top.lnGain) / 2 > MOST * spread ? top : undefined;
}

/** Returns the blocks whose norms over few values made most of a growth that without them would be none; null where there are none such. */
function smallBatch(e: Evidence, blocks: readonly Block[]): { blocks: number; lnFactor: number; lnRest: number } | null {
  const few = new Set(batchNorms(e).flatMap((n) => (n.training && n.values < FEW.values ? [n.node] : [])));
  const gains = bodyGains(e).filter((g) => blocks.includes(g.block));
  const own = gains.filter((g) => g.block.normSites.some((s) => few.has(s.node)));
  const [theirs, all] = [own, gains].map((list) => sum(list.map((g) => g.lnGain)) / 2) as [number, number];
  return own.length === 0 || !(all - theirs < HUNDREDFOLD) ? null : { blocks: own.length, lnFactor: theirs, lnRest: all - theirs };
}

/** Returns the observation on a rate that the network is too shallow to suffer from; none where there is no such rate. */
function deeperOf(e: Evidence, direction: Direction): readonly Observation<Facts>[] {
  const { projection, gradient, decision } = e.verdict;
  if (projection === null || gradient.perBlock === null || (decision !== "healthy" && decision !== "undecided")) return [];
  if (gradient.perBlock > 1 !== (direction === "exploding")) return [];
  const blocks = bodyOf(e);
  return [
    {
      severity: "info",
      site: stretchSite(e.structure, e.bound.graph, blocks),
      facts: {
        case: "deeper",
        rate: { ...gradient },
        blocks: blocks.length,
        blocksTo100Fold: Math.ceil(projection),
        mechanism: mechanismOf(e, blocks),
        normCaveat: normCaveatOf(e),
      },
    },
  ];
}

const LOST_WORDS: Words = {
  evidence: "the gradient is exactly zero before this place, for every example that has one behind it",
  why: "Something here has a derivative of zero on the whole batch: units that are all dead or clipped, a factor of zero, a norm over a single value. Or the numbers become too small for the arithmetic here, which rounds them to zero, as those behind tiny weights do.",
  remedy:
    "Look at the dead units, at the factors and at the size of the weights here (--dtype float64 holds far smaller numbers); nothing before this place learns until one of them lets a gradient pass.",
};

function spreadWords(f: Facts & { case: "spread" }, direction: Direction, place: string, style: Style): Words {
  const { why, remedy } = mechanismWords(f.mechanism, direction, style);
  const [verb, sign] = direction === "exploding" ? (["grows", "×"] as const) : (["shrinks", "÷"] as const);
  const rate = rateWords(f.rate, style);
  const rest =
    f.lnOfOneBlock !== null
      ? `, ${sign}${magnitude(f.lnOfOneBlock, style)} of it in ${place} alone`
      : `${rate === "" ? "" : `; ${rate}`}${f.law === "undetermined" ? "" : `, ${f.law} law`}`;
  return {
    evidence: `the gradient's norm ${verb} ${factorWords(f.lnFactor, sign, style)} from output to input over ${plural(f.blocks, "block")}${rest}`,
    why: sentences(
      f.smallBatch === null ? "" : smallBatchWords(f.smallBatch, style),
      f.lnOfOneBlock === null
        ? ""
        : "One block does most of it: look there first, for units that are dead or saturated, a weight of another scale, a factor.",
      why,
    ),
    remedy: sentences(f.smallBatch === null ? "" : "First check with the batch that you train with.", remedy),
  };
}

const smallBatchWords = (s: NonNullable<(Facts & { case: "spread" })["smallBatch"]>, style: Style): string =>
  `×${magnitude(s.lnFactor, style)} of it lies in ${plural(s.blocks, "block")} whose BatchNorms run over fewer than ${FEW.values} values (norm-small-batch); without ${inflect(s.blocks, "it", "them")} it would be ×${magnitude(s.lnRest, style)}.`;

function deeperWords(f: Facts & { case: "deeper" }, direction: Direction, style: Style): Words {
  const { why, remedy } = mechanismWords(f.mechanism, direction, style);
  return {
    evidence: `the gradient changes ${rateWords(f.rate, style)}: its norm would change 100-fold at ${plural(f.blocksTo100Fold, "block")}; this network has ${f.blocks}`,
    why,
    remedy: `Nothing at this depth. Before making the network deeper: ${remedy}`,
  };
}
