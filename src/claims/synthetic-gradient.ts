import { activation } from "../theory/activation.js";
import { singleBranch } from "../theory/laws/residual.js";
import { isKnown } from "../theory/prediction.js";
import { dependencyLengths } from "../trial/measurements/dependency-paths.js";
import type { DependencyResult } from "../trial/measurements/dependency-paths.js";
import { skipCosine } from "../trial/measurements/skip-cosine.js";
import { decimals } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { EXAMPLES, arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { deepest, evidenceRow } from "./shared/evidence-rows.js";
import { COMPOUND, above, all, below, bound, every, fact, followsLaw, given, isBelow, named, not, on, otherwise } from "./shared/predicates.js";
import { numberOf } from "./shared/quantity.js";
import type { NamedQuantity } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

const SCALED = testArm({ skip: true, branchScale: "1/sqrt(L)" });
const BARE = controlArm({ skip: true });

/** Whose gradient graph is walked: graphs depend on no number, and one seed tells as much as forty. */
const WITH_SKIPS = testArm({ network: "gradient graph", skip: true });
const WITHOUT = controlArm({ network: "gradient graph", skip: false });
const DECOUPLED = controlArm({ network: "gradient graph", skip: false, decoupled: true });

const walkedArms = (budget: Budget): readonly Arm[] =>
  [WITH_SKIPS, WITHOUT, DECOUPLED].flatMap((kind) => {
    const { skip = false, decoupled = false } = kind.factors;
    const walk = { name: "dependency-paths", decoupled };
    return arms(budget, kind, { net: branchNet({ skip }), width: 8, seeds: 2, examples: 2, measure: walk, dtype: "float32" });
  });

/** A seed takes milliseconds: the deepest arm has as many as the others, and never fewer than this. */
const SEEDS = 40;
const WIDTH = 128;

const sweep = (budget: Budget, branchScale: number | "1/sqrt(L)"): readonly Arm[] => {
  const seeds = Math.max(SEEDS, budget.seeds);
  return [
    ...arms(budget, SCALED, { net: branchNet({ skip: true, branchScale }), width: WIDTH, seeds, measure: "skip-cosine" }),
    ...arms(budget, BARE, { net: branchNet({ skip: true }), width: WIDTH, seeds, measure: "skip-cosine" }),
    ...walkedArms(budget),
  ];
};

const COSINE = numberOf("cosine of the gradient that shortcuts alone carry to the input with the true one");
const ERROR = numberOf("relative error of that gradient");
const SHORTEST = numberOf("products with weights on the shortest dependency path from the loss to the gradient of the first block");
const LONGEST = numberOf("products with weights on the longest such path: what has to be waited for");
const OPS = numberOf("ops on the longest such path");
const WAIT = numberOf("products with weights on the longest path from the input to that gradient, forward and backward");
const LOCKED = numberOf("whether that gradient depends on the loss at all (1: it does)");

/** δ on a cosine. */
const MARGIN = 0.02;
/** Above it a substitute points the same way for the most part; below the other it says nothing. */
const NEAR = 0.5;
const FAR = 0.1;

/** What the shortcuts alone carry to the input, at every depth. */
interface Carried {
  readonly cosines: readonly EvidenceRow[];
  readonly errors: readonly EvidenceRow[];
}

function carried(results: Results, context: RuleContext, arm: ArmKind, scale: (depth: number) => number): Carried {
  const { depths } = results.budget;
  const row = (depth: number, quantity: NamedQuantity, read: "cosine" | "relativeError", value: number | undefined): EvidenceRow => {
    const law = value === undefined ? undefined : { value, margin: MARGIN * Math.max(1, value), source: "own derivation: (1 + α²·χ)^(−L/2)" };
    const numbers = results.of(skipCosine, arm.name, depth).map((r) => r[read][0] ?? NaN);
    return evidenceRow(numbers, context, { arm, depth, quantity }, law);
  };
  const lawAt = (depth: number): number | undefined => {
    const residual = context.laws.residual({ branch: singleBranch(activation("relu")), branchScale: scale(depth), depth, width: WIDTH });
    return isKnown(residual) ? context.laws.skipCosine(residual) : undefined;
  };
  return {
    cosines: depths.map((depth) => row(depth, COSINE, "cosine", lawAt(depth))),
    errors: depths.map((depth) => row(depth, ERROR, "relativeError", undefined)),
  };
}

/** Paths in the gradient graph: rows over the depths, and their lengths, which are left out where there is no path from the loss. */
interface Walked {
  readonly rows: readonly EvidenceRow[];
  readonly at: (quantity: NamedQuantity) => readonly number[];
}

function walked(results: Results, context: RuleContext, arm: ArmKind): Walked {
  const rows = results.budget.depths.flatMap((depth) => {
    const measured = results.of(dependencyLengths, arm.name, depth);
    const of = (quantity: NamedQuantity, read: (r: DependencyResult) => number | undefined): readonly EvidenceRow[] => {
      const values = measured.map(read);
      return values.includes(undefined) ? [] : [evidenceRow(values as number[], context, { arm, depth, quantity })];
    };
    return [
      ...of(LOCKED, (r) => (r.fromTarget === null ? 0 : 1)),
      ...of(SHORTEST, (r) => r.fromTarget?.products.shortest),
      ...of(LONGEST, (r) => r.fromTarget?.products.longest),
      ...of(OPS, (r) => r.fromTarget?.ops.longest),
      ...of(WAIT, (r) => r.fromInput?.products.longest),
    ];
  });
  return { rows, at: ({ what }) => rows.filter((row) => row.what === what).map((row) => row.measured.value) };
}

function measure(results: Results, context: RuleContext) {
  const scaled = carried(results, context, SCALED, (l) => 1 / Math.sqrt(l));
  const bare = carried(results, context, BARE, () => 1);
  const [skips, plain, decoupled] = [WITH_SKIPS, WITHOUT, DECOUPLED].map((kind) => walked(results, context, kind)) as [Walked, Walked, Walked];
  const carriedRows = [...scaled.cosines, ...bare.cosines, ...scaled.errors, ...bare.errors];
  const evidence = [...carriedRows, ...skips.rows, ...plain.rows, ...decoupled.rows];
  return { scaled, bare, both: [scaled, bare], skips, plain, decoupled, depth: deepest(results.budget.depths), evidence };
}

type Facts = ReturnType<typeof measure>;

const growing = (values: readonly number[]): boolean => values.every((v, k) => k === 0 || v > values[k - 1]!);

function said({ scaled, bare, skips, plain, depth }: Facts): string {
  const cosine = (c: Carried, digits: number): string => decimals(deepest(c.cosines).measured.value, digits);
  return (
    `over ${depth} blocks what the shortcuts carry has the cosine ${cosine(scaled, 2)} with the true gradient where branches are scaled by 1/√L, and ${cosine(bare, 3)} where they are not. ` +
    `The shortest path from the loss to the first block's gradient crosses ${deepest(skips.at(SHORTEST))} product with weights instead of ${deepest(plain.at(SHORTEST))}, but the longest, ` +
    `which has to be waited for, crosses ${deepest(skips.at(LONGEST))} with skips and ${deepest(plain.at(LONGEST))} without; with synthetic gradients there is no path from the loss`
  );
}

const COSINES = named<Carried>("the cosine", (c) => c.cosines);
const LAST_COSINE = named<Carried>("the cosine at the greatest depth", (c) => deepest(c.cosines));
const EVERY_COSINE = named<Facts>("every cosine", (f) => f.both.flatMap((c) => c.cosines));
const near = given("at every depth", above(COSINES, bound(NEAR)));
const falls = fact<Carried>(`the cosine falls below ${NEAR} at some depth`, `the cosine is not shown to fall below ${NEAR}`, (c) =>
  c.cosines.some((row) => isBelow(row, NEAR)),
);
const waits = fact<Facts>(
  "with skips, the longest path grows with the depth",
  "with skips, the longest path does not grow with the depth",
  (f) => growing(f.skips.at(LONGEST)),
  COMPOUND,
);
const both = (f: Facts): readonly Carried[] => f.both;

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: all(every("with", "kind of branch", both, near), not(waits)),
    say: (f) => `They do: ${said(f)}.`,
  },
  {
    verdict: "REFUTED",
    when: every("with", "kind of branch", both, falls),
    say: (f) => `They do not: ${said(f)}.`,
  },
  {
    verdict: "CONDITIONAL",
    when: all<Facts>(
      on("with scaled branches", (f) => f.scaled, near),
      on("with bare branches", (f) => f.bare, below(LAST_COSINE, bound(FAR))),
      followsLaw(EVERY_COSINE, `(1 + α²)^(−L/2) within ${MARGIN}`),
      fact("the shortest path is shorter with skips than without", "the shortest path is no shorter with skips", ({ skips, plain }) => {
        const without = plain.at(SHORTEST);
        return skips.at(SHORTEST).every((v, k) => v < without[k]!);
      }),
      fact("the longest path is as long with skips as without", "the longest path is not as long with skips as without", ({ skips, plain }) => {
        const [lengths, without] = [skips.at(LONGEST), plain.at(LONGEST)];
        return lengths.length > 0 && lengths.every((v, k) => v === without[k]);
      }),
      waits,
      fact(
        "with synthetic gradients, no path comes from the loss and none grows with the depth",
        "with synthetic gradients, something has to be waited for",
        ({ decoupled }) => decoupled.at(LOCKED).every((v) => v === 0) && !growing(decoupled.at(WAIT)),
        COMPOUND,
      ),
    ),
    say: (f) => `They do so in direction only, and with small branches only: ${said(f)}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `The measurements agree neither with the sentence nor with its contrary: ${said(f)}.` },
];

/** "Skips act like synthetic gradients: instead of waiting layer by layer": what shortcuts carry, and what the first block still has to wait for. */
export const syntheticGradient: Claim = claim({
  id: "synthetic-gradient",
  sentence: "Skips act like synthetic gradients: instead of waiting layer by layer, a layer gets its gradient at once.",
  from: "a reply of the thread",
  experiment:
    `Cosine and relative error, to the true gradient at the input, of the gradient that the shortcuts alone carry there (${EXAMPLES} examples each), with branches scaled by 1/√L and bare; and ` +
    "the shortest and the longest dependency path from the loss to the gradient of the first block's weights, counted on the gradient graph, with skips, without, and decoupled by synthetic gradients.",
  assumptions: [
    "at initialisation",
    "ReLU, He weights, no norm",
    "a gradient that is like a synthetic one points like the true one, and needs no waiting",
    "the longest path follows from how a network is built, so the second half can only be counted, not fail",
  ],
  source: "Jaderberg et al. 2017 (decoupled neural interfaces); own experiment, the law by own derivation",
  missing: "cosine and error of a trained synthetic gradient; training with true, skip-carried and synthetic gradients",
  picture: COSINE.what,
  trials: (budget) => sweep(budget, "1/sqrt(L)"),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, 1),
});
