import * as z from "zod";
import { stretchSite } from "../../structure/block-site.js";
import type { Block } from "../../structure/types.js";
import { inflect, level, magnitude, magnitudes, plural, rate, sentences } from "../../util/format.js";
import type { Style } from "../../util/format.js";
import { optionalReal, real, whole } from "../../util/json.js";
import { onChain, onTrunks } from "../evidence.js";
import type { Evidence } from "../evidence.js";
import type { Severity } from "../finding.js";
import { factsOf, findingRule } from "../rule.js";
import type { FindingRule, Observation, Words } from "../rule.js";
import { culpritOf, culpritSchema, culpritWords } from "./culprit.js";
import { cureSchema, cureWords } from "./cure.js";
import { growthRate, law, lnFactor, normCaveat } from "./fact-schemas.js";
import { factorWords, rateWords } from "./growth-words.js";
import { mechanismOf, mechanismSchema } from "./mechanism.js";
import { mechanismWords } from "./mechanism-words.js";
import type { Direction } from "./mechanism-words.js";
import { isUnlikeTraining, normCaveatOf } from "./norm-caveat.js";
import { FEW, batchNorms } from "./norms.js";
import { oneBlock, oneBlockSchema, oneBlockWords } from "./one-block.js";
import { smallRows, smallRowsSchema, smallRowsWords } from "./small-rows.js";
import { slopes, steepOps } from "./whole.js";
import { HUNDREDFOLD, bodyGains, bodyOf, gradientProfile, sum } from "./profile.js";
import type { BlockGain } from "./profile.js";

/** Where one block of a chain of at least so many makes this share of a spread, in logarithms, the finding is at that block alone. */
const SEVERAL = 4;
const MOST = 0.7;
/** ln of the least number above 0 that float32 holds. */
const LEAST = -149 * Math.LN2;

const facts = z.discriminatedUnion("case", [
  factsOf({ case: z.literal("lost"), normCaveat }).meta({ description: "The gradient becomes exactly zero." }),
  factsOf({
    case: z.literal("spread"),
    lnFactor,
    blocks: whole.meta({ description: "Blocks that it lies over." }),
    of: whole.exactOptional().meta({ description: "Blocks of the chain, whose rate is stated." }),
    lnOfOneBlock: optionalReal.meta({ description: "ln of the part that one block makes, where that is most of it; the site is this block." }),
    smallBatch: factsOf({ blocks: whole, lnFactor: real, lnRest: real })
      .nullable()
      .meta({ description: "Blocks whose norms run over few values and make most of it: ln of the factor in them, and in all others." }),
    smallRows: smallRowsSchema,
    node: culpritSchema,
    law,
    rate: growthRate,
    mechanism: mechanismSchema,
    cure: cureSchema,
    normCaveat,
  }).meta({ description: "The norm of the gradient spreads over more than the verdict allows." }),
  factsOf({
    case: z.literal("deeper"),
    rate: growthRate,
    blocks: whole.meta({ description: "Blocks that the network has." }),
    overTime: z.boolean().exactOptional().meta({ description: "Whether its blocks are steps in time." }),
    blocksTo100Fold: whole.meta({ description: "Blocks at which the norm would have changed 100-fold." }),
    mechanism: mechanismSchema,
    normCaveat,
  }).meta({ description: "It would, were the network deeper, or over time the sequence longer." }),
  oneBlockSchema,
  factsOf({
    case: z.literal("slopes"),
    op: z.string().meta({ description: "The function that saturates." }),
    layers: whole.meta({ description: "How many of them stand on the trunk." }),
    lnFall: real.meta({ description: "ln of the factor by which the norm falls from the last of them to the first." }),
    lnSlopes: real.meta({ description: "ln of the part of it that their slopes alone make." }),
  }).meta({ description: "Functions that saturate take it along the whole trunk, stem and head included." }),
  factsOf({
    case: z.literal("op"),
    op: z.string(),
    lnGain: real.meta({ description: "ln of the factor on the gradient's norm, from its output to its input." }),
    low: real.exactOptional().meta({ description: "Its 95 % interval; both ends are the value where the data do not change it." }),
    high: real.exactOptional(),
  }).meta({ description: "One node that is no layer multiplies it by more than 100, or by less than 1/100; or may do so." }),
]);
type Facts = z.output<typeof facts>;

/** Returns the severity of an ill profile: an error, but a warning where norms are folded or in inference mode, as the file may differ from training. */
export const profileSeverity = (e: Evidence): Severity => (isUnlikeTraining(e) ? "warning" : "error");

/** Makes the rule on a rise or on a fall of the whole profile; or on a rate that the network is too shallow to suffer from. */
export const profileRule = (direction: Direction): FindingRule =>
  findingRule({
    id: direction,
    facts,
    examine: (e) => {
      if (e.verdict.decision === "non-finite") return [];
      const chains = e.chains.map((c) => onChain(e, c));
      const ill = chains.filter((c) => c.verdict.decision === direction || c.verdict.decision === "mixed");
      const own = chains.flatMap((c) =>
        c.verdict.decision === direction || (direction === "vanishing" && c.chain.mild)
          ? [spreadOf(c, direction)]
          : direction === "exploding"
            ? [...oneBlock(c), ...deeperOf(c, direction)]
            : deeperOf(c, direction),
      );
      return [...own, ...(ill.length > 0 ? [] : onTrunks(e).flatMap((t) => ofWhole(t, direction)))];
    },
    words: ({ site, facts }, style) => {
      switch (facts.case) {
        case "lost":
          return LOST_WORDS;
        case "spread":
          return spreadWords(facts, direction, site.name, style);
        case "deeper":
          return deeperWords(facts, direction, style);
        case "block":
          return oneBlockWords(facts, style);
        case "slopes":
          return slopesWords(facts, style);
        case "op":
          return opWords(facts, direction, style);
      }
    },
  });

/** Returns the observation on a rise or fall of the whole profile. */
function spreadOf(e: Evidence, direction: Direction): Observation<Facts> {
  const { verdict } = e;
  const blocks = bodyOf(e).slice(Math.min(verdict.from, verdict.to), Math.max(verdict.from, verdict.to));
  const { value, low, high } = direction === "exploding" ? verdict.rise : verdict.fall;
  const severity = e.chain.mild ? "info" : e.chain.overTime && direction === "vanishing" && !isLost(e) ? "warning" : profileSeverity(e);
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
      of: bodyOf(e).length,
      lnOfOneBlock: one ? Math.abs(one.lnGain) / 2 : null,
      smallBatch: direction === "exploding" ? smallBatch(e, blocks) : null,
      smallRows: one && direction === "exploding" ? smallRows(e, one.block) : null,
      node: culpritOf(e, blocks, direction, value),
      law: verdict.law,
      rate: { ...verdict.gradient },
      mechanism: mechanismOf(e, named),
      cure: e.cure,
      normCaveat: normCaveatOf(e),
    },
  };
}

/** Tells whether the gradient of a chain falls below the least float32. */
const isLost = (e: Evidence): boolean => gradientProfile(e).some((ln) => ln < LEAST);

/** Returns the block that alone makes most of a spread over several, where there is one. */
function concentrated(e: Evidence, blocks: readonly Block[], direction: Direction, spread: number): BlockGain | undefined {
  const sign = direction === "exploding" ? 1 : -1;
  const gains = bodyGains(e).filter((g) => blocks.includes(g.block) && Number.isFinite(g.lnGain));
  if (bodyOf(e).length < SEVERAL || gains.length === 0) return undefined;
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
        overTime: e.chain.overTime,
        blocksTo100Fold: Math.ceil(projection),
        mechanism: mechanismOf(e, blocks),
        normCaveat: normCaveatOf(e),
      },
    },
  ];
}

/** Returns what a named mechanism does along a whole trunk, where no chain is ill: the slopes of functions that saturate, one node's gain. */
function ofWhole(e: Evidence, direction: Direction): readonly Observation<Facts>[] {
  const slope = direction === "vanishing" ? slopes(e) : undefined;
  const ops = steepOps(e).filter((o) => o.lnGain > 0 === (direction === "exploding"));
  const found: Observation<Facts>[] = ops.map(({ severity, site, op, lnGain, low, high }) => ({
    severity,
    site,
    facts: { case: "op", op, lnGain, low, high },
  }));
  if (slope === undefined) return found;
  const { severity, site, op, layers, lnFall, lnSlopes } = slope;
  return [{ severity, site, facts: { case: "slopes", op, layers, lnFall, lnSlopes } }, ...found];
}

const LOST_WORDS: Words = {
  evidence: "the gradient is exactly zero before this place, for every example that has one behind it",
  why: "Something here has a derivative of zero on the whole batch: units that are all dead or clipped, a factor of zero, a norm over a single value. Or the numbers become too small for the arithmetic here, which rounds them to zero, as those behind tiny weights do.",
  remedy:
    "Look at the dead units, at the factors and at the size of the weights here (--dtype float64 holds far smaller numbers); nothing before this place learns until one of them lets a gradient pass.",
};

function spreadWords(f: Facts & { case: "spread" }, direction: Direction, place: string, style: Style): Words {
  const { why, remedy } = reasonWords(f, direction, style);
  const [verb, sign] = direction === "exploding" ? (["grows", "×"] as const) : (["shrinks", "÷"] as const);
  const rates = rateWords(f.rate, style);
  // The rate is that of all blocks of the chain; over a part of them it does not multiply up to the spread.
  const perBlock = rates === "" || f.of === undefined || f.of === f.blocks ? rates : `over all ${plural(f.of, "block")} ${rates}`;
  const rest =
    f.lnOfOneBlock !== null
      ? `, ${sign}${magnitude(f.lnOfOneBlock, style)} of it in ${place} alone`
      : `${perBlock === "" ? "" : `; ${perBlock}`}${f.law === "undetermined" ? "" : `, ${f.law} law`}`;
  return {
    evidence: `the gradient's norm ${verb} ${factorWords(f.lnFactor, sign, style)} from output to input over ${plural(f.blocks, "block")}${rest}`,
    why: sentences(f.smallBatch === null ? "" : smallBatchWords(f.smallBatch, style), why),
    remedy: sentences(f.smallBatch === null ? "" : "First check with the batch that you train with.", cureWords(f.cure, style), remedy),
  };
}

/** Says why, and what is usually done: about one node or one block where it makes most of the spread, else about the blocks' mechanism. */
function reasonWords(f: Facts & { case: "spread" }, direction: Direction, style: Style): Pick<Words, "why" | "remedy"> {
  if (f.smallRows) return smallRowsWords(f.smallRows, style);
  if (f.node) return culpritWords(f.node, style);
  if (f.lnOfOneBlock === null) return mechanismWords(f.mechanism, direction, style);
  return {
    why: "One block does most of it: look there first, for units that are dead or saturated, a weight of another scale, a factor.",
    remedy: "Give this block's weights the scale that the others have, or take the factor out.",
  };
}

const smallBatchWords = (s: NonNullable<(Facts & { case: "spread" })["smallBatch"]>, style: Style): string =>
  `×${magnitude(s.lnFactor, style)} of it lies in ${plural(s.blocks, "block")} whose BatchNorms run over fewer than ${FEW.values} values (norm-small-batch); without ${inflect(s.blocks, "it", "them")} it would be ×${magnitude(s.lnRest, style)}.`;

function deeperWords(f: Facts & { case: "deeper" }, direction: Direction, style: Style): Words {
  const { why, remedy } = mechanismWords(f.mechanism, direction, style);
  const [unit, has, advice] =
    f.overTime === true
      ? (["step", "this sequence has", "Nothing at this length. Before feeding longer sequences:"] as const)
      : (["block", "this network has", "Nothing at this depth. Before making the network deeper:"] as const);
  return {
    evidence: `the gradient changes ${rateWords(f.rate, style)}: its norm would change 100-fold at ${plural(f.blocksTo100Fold, unit)}; ${has} ${f.blocks}`,
    why,
    remedy: `${advice} ${remedy}`,
  };
}

const slopesWords = (f: Facts & { case: "slopes" }, style: Style): Words => ({
  evidence: `the gradient's norm shrinks ÷${magnitude(f.lnFall, style)} from the last ${f.op} to the first of ${f.layers}; their slopes alone make ÷${magnitude(f.lnSlopes, style)} of it`,
  why: `${f.op} lets ×${rate(Math.exp(-f.lnSlopes / f.layers), style)} of the gradient through on average, and every layer multiplies it by that once more. ${f.lnFall > HUNDREDFOLD ? "Plain gradient descent hardly moves the first layers; Adam, which divides by each gradient's size, may." : "At this depth the first layers still learn; a few more would not."}`,
  remedy:
    "Use ReLU, GELU or SiLU inside the network and keep the function for the output; or tanh with weights of variance 1/fan-in, which keeps the gradient's size; or norms before it.",
});

function opWords({ op, lnGain, low = lnGain, high = lnGain }: Facts & { case: "op" }, direction: Direction, style: Style): Words {
  const [value, least, most] = magnitudes([lnGain, low, high], style);
  const explodes = direction === "exploding";
  const sure = explodes ? low > HUNDREDFOLD : high < -HUNDREDFOLD;
  const interval =
    low === high ? "" : ` (${level(0.95, style)} interval ${least!} to ${most!}${sure ? "" : `, which holds ${explodes ? "100" : "1/100"}`})`;
  return {
    evidence: `${op} alone multiplies the gradient's norm by ${value!} on its way to the input${interval}`,
    why: `It is no layer: a factor, a power or a function far from its middle does this by itself, and everything before it gets ${sure ? "" : "about "}${explodes ? (sure ? "a hundred times more" : "a hundred times as much") : sure ? "less than a hundredth" : "a hundredth"}.`,
    remedy: "Look at what it is fed and by what it multiplies: scale the input before it, or fold the factor into the weights beside it.",
  };
}
