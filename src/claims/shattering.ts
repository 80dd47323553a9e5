import type { NetSpec } from "../nn/spec.js";
import { activation } from "../theory/activation.js";
import { shattering as measurement } from "../trial/measurements/shattering.js";
import { decimals } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { deepest, evidenceRow } from "./shared/evidence-rows.js";
import type { Factors } from "./shared/factors.js";
import { above, all, below, bound, every, fact, followsLaw, given, keepsToLaw, named, otherwise, some } from "./shared/predicates.js";
import { numberOf } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

/** The two assumptions: what real inputs do to the rectifiers, and masks that know nothing of the inputs. */
const MASKS = ["own", "independent"] as const;

const both = (kindOf: (masks: (typeof MASKS)[number]) => ArmKind): readonly ArmKind[] => MASKS.map(kindOf);
const PLAIN = both((masks) => testArm({ order: "weight-act", masks }));
const BARE = both((masks) => testArm({ skip: true, masks }));
const SCALED = both((masks) => controlArm({ skip: true, branchScale: "1/sqrt(L)", masks }));
const KINDS: readonly ArmKind[] = [...PLAIN, ...BARE, ...SCALED];

const netOf = (factors: Factors): NetSpec => (factors.skip === true ? branchNet(factors) : { arch: "mlp" });

const DEPTHS: Readonly<Record<Budget["name"], readonly number[]>> = { quick: [2, 5, 10, 20], full: [2, 5, 10, 20, 50] };
const SEEDS = 20;
const EXAMPLES = 16;

/** `really` says what an arm really is made of. */
const sweep = (budget: Budget, really: (f: Factors) => Factors): readonly Arm[] =>
  KINDS.flatMap((kind) =>
    arms(budget, kind, {
      net: netOf(really(kind.factors)),
      depths: DEPTHS[budget.name],
      seeds: Math.min(budget.seeds, SEEDS),
      examples: EXAMPLES,
      measure: { name: "shattering", masks: kind.factors.masks },
      dtype: "float32",
    }),
  );

/** How far a correlation may lie from its law: finite widths keep it from falling to 0. */
const MARGIN = 0.03;
/** Noise, and what is none. */
const NOISE = 0.1;
const KEPT = 0.5;
/** At so many of the shallowest depths correlations equal their laws; beyond, they do not leave them. */
const EQUAL = 2;

const CORRELATION = numberOf("correlation of two examples' input gradients");

/** The correlation of one network under one assumption, over the depths. */
interface Curve {
  readonly kind: ArmKind;
  readonly points: readonly EvidenceRow[];
}

function measure(results: Results, context: RuleContext) {
  const phi = activation("relu");
  const depths = DEPTHS[results.budget.name];
  const lawOf = ({ skip, branchScale, masks }: Factors, depth: number): number | undefined => {
    const scale = branchScale === undefined ? 1 : 1 / Math.sqrt(depth);
    const net = { phi, depth, kind: skip === true ? ("residual" as const) : ("plain" as const), branchScale: scale };
    return (masks === "own" ? context.laws.shattering(net) : context.laws.shatteringOfMasks(net))[depth];
  };
  const curves = KINDS.map((kind): Curve => ({
    kind,
    points: depths.map((depth) => {
      const value = lawOf(kind.factors, depth);
      const law = value === undefined ? undefined : { value, margin: MARGIN, source: "Balduzzi et al. 2017; Cho & Saul 2009" };
      const correlations = results.of(measurement, kind.name, depth).map((r) => r.gradients ?? NaN);
      return evidenceRow(correlations, context, { quantity: CORRELATION, arm: kind, depth }, law);
    }),
  }));
  const of = (kinds: readonly ArmKind[]): readonly EvidenceRow[] => curves.filter((c) => kinds.includes(c.kind)).map((c) => deepest(c.points));
  const evidence = curves.flatMap((c) => c.points);
  return {
    curves,
    plain: of(PLAIN),
    scaled: of(SCALED),
    shallow: evidence.filter((row) => row.depth! <= depths[EQUAL - 1]!),
    depth: deepest(depths),
    evidence,
  };
}

type Facts = ReturnType<typeof measure>;

function where({ curves, depth }: Facts): string {
  const ends = curves.map((c) => `${decimals(deepest(c.points).measured.value, 3)} with ${c.kind.name}`).join("; ");
  return `over ${depth} blocks the correlation of the input gradients is ${ends}`;
}

const AT_THE_END = named<EvidenceRow>("the correlation at the greatest depth", (row) => row);
const isNoise = below(AT_THE_END, bound(NOISE));
const isKept = above(AT_THE_END, bound(KEPT));
const EVERY_CORRELATION = named<Facts>("the correlation", (f) => f.evidence);
const SHALLOW = named<Facts>("the correlation", (f) => f.shallow);
const ASSUMPTION = "assumption on the masks of plain networks";
const plain = (f: Facts): readonly EvidenceRow[] => f.plain;

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: all<Facts>(
      every("under", ASSUMPTION, plain, isNoise),
      every("under", "assumption on the masks of networks with branches × 1/√L", (f) => f.scaled, isKept),
      fact("every correlation has a law", "some correlation has no law", (f) => f.evidence.every((row) => row.law !== null)),
      given("at every depth", keepsToLaw(EVERY_CORRELATION, `within ${MARGIN}`)),
      given(`at the ${EQUAL} least depths`, followsLaw(SHALLOW, `within ${MARGIN}`)),
    ),
    say: (f) => `They do; those of a bare skip do too, more slowly, and those of branches × 1/√L do not: ${where(f)}.`,
  },
  { verdict: "REFUTED", when: every("under", ASSUMPTION, plain, isKept), say: (f) => `They do not: ${where(f)}.` },
  {
    verdict: "CONDITIONAL",
    when: all(some("under", ASSUMPTION, plain, isNoise), some("under", ASSUMPTION, plain, isKept)),
    say: (f) => `It depends on the masks: ${where(f)}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `The correlations leave their laws, or do not differ: ${where(f)}.` },
];

/** "The gradients of plain networks turn to white noise with depth": correlation of the input gradients of two examples. */
export const shattering: Claim = claim({
  id: "shattering",
  sentence: "The gradients of plain networks turn to white noise with depth.",
  from: "Balduzzi et al. 2017",
  experiment:
    "Correlation of the input gradients of two independent examples that get the same cotangent, over depth: plain ReLU networks, bare skips, and branches × 1/√L; with the masks that the examples give the " +
    "rectifiers, and with masks drawn half open.",
  assumptions: ["at initialisation", "ReLU, He weights, fully connected", "inputs from N(0, 1), independent; the same cotangent for both examples"],
  source: "Balduzzi et al. 2017; arc-cosine kernels of Cho & Saul 2009 for real inputs",
  trials: (budget) => sweep(budget, (f) => f),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, () => SCALED[0]!.factors),
});
