import { activation } from "../theory/activation.js";
import { singleBranch } from "../theory/laws/residual.js";
import { factor } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Expected, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { GROWTH, evidenceRow, forwardGrowthOf, growthOf, statistics, total } from "./shared/evidence-rows.js";
import type { Statistic } from "./shared/evidence-rows.js";
import { AXES, weightSpread } from "./shared/factors.js";
import { forwardTotal } from "./shared/forward.js";
import {
  FIVE_PERCENT,
  MINUS_FIVE_PERCENT,
  above,
  all,
  below,
  every,
  fact,
  keepsToLaw,
  named,
  not,
  otherwise,
  some,
  term,
} from "./shared/predicates.js";
import type { Predicate } from "./shared/predicates.js";
import { logarithmOf } from "./shared/quantity.js";
import type { NamedQuantity } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

/** s, the deviation of every weight, whatever the width. */
const DEVIATIONS = [0.001, 0.01, 0.05, 0.1];

/** Wide layers fluctuate less, and cost more: fewer of them, and fewer seeds. */
interface Width {
  readonly width: number;
  readonly depth: number;
  readonly seeds: number;
}
const WIDTHS: Readonly<Record<Budget["name"], readonly Width[]>> = {
  quick: [
    { width: 64, depth: 12, seeds: 20 },
    { width: 256, depth: 8, seeds: 20 },
    { width: 1024, depth: 2, seeds: 8 },
  ],
  full: [
    { width: 64, depth: 20, seeds: 40 },
    { width: 256, depth: 20, seeds: 20 },
    { width: 1024, depth: 6, seeds: 20 },
    { width: 4096, depth: 2, seeds: 8 },
  ],
};

interface Cell {
  readonly kind: ArmKind;
  /** n·s²: a ReLU layer multiplies squares by half of it. */
  readonly spread: number;
  readonly of: Width;
}

const cells = (name: Budget["name"]): readonly Cell[] =>
  WIDTHS[name].flatMap((of) => {
    const cell = (kind: ArmKind): Cell => ({ kind, spread: weightSpread(kind.factors), of });
    const { width } = of;
    return [
      cell(controlArm({ network: "chain", skip: false, weightDeviation: "he", width })),
      ...DEVIATIONS.flatMap((weightDeviation) => [false, true].map((skip) => cell(testArm({ network: "chain", skip, weightDeviation, width })))),
    ];
  });

const sweep = (budget: Budget, spreadOf: (spread: number) => number): readonly Arm[] =>
  cells(budget.name).flatMap(({ kind, spread, of }) => {
    const { skip = false } = kind.factors;
    // What shrinks through many layers leaves float32.
    const dtype = of.depth > 8 ? "float64" : "float32";
    const net = branchNet({ skip, weightVariance: kind.role === "control" ? 2 : spreadOf(spread) });
    return arms(budget, kind, { net, width: of.width, depths: [of.depth], seeds: of.seeds, dtype });
  });

const FORWARD = logarithmOf("mean square of the activations per layer");
const BACKWARD = logarithmOf(`${GROWTH.of}, per layer`);

/** How one network changes its values, forwards and backwards, per layer. */
interface Point extends Cell {
  readonly forward: EvidenceRow;
  readonly back: EvidenceRow;
}

function measure(results: Results, context: RuleContext) {
  const phi = activation("relu");
  const { laws } = context;
  const points = cells(results.budget.name).map((c): Point => {
    const { depth, width } = c.of;
    const net = { depth, width };
    const law = c.kind.factors.skip === true ? laws.residual({ branch: singleBranch(phi, c.spread), ...net }) : laws.plain({ phi, sigmaW2: c.spread, ...net }); // prettier-ignore
    const point = (quantity: NamedQuantity, statistic: Statistic, expected: Expected | undefined): EvidenceRow =>
      evidenceRow(
        statistics(results, c.kind, depth, statistic).map((v) => v / depth),
        context,
        { quantity, arm: c.kind, depth, x: { axis: AXES.spread, value: c.spread } },
        expected && { ...expected, value: expected.value / depth, margin: expected.margin / depth },
      );
    return { ...c, forward: point(FORWARD, forwardGrowthOf, forwardTotal(law, depth)), back: point(BACKWARD, growthOf, total(law, depth)) };
  });
  const tests = points.filter((p) => p.kind.role === "test");
  const plain = tests.filter((p) => p.kind.factors.skip !== true);
  return {
    tests,
    skips: tests.filter((p) => p.kind.factors.skip === true),
    small: plain.filter((p) => p.spread < 2),
    large: plain.filter((p) => p.spread > 2),
    widths: WIDTHS[results.budget.name].length,
    evidence: points.flatMap((p) => [p.forward, p.back]),
  };
}

type Facts = ReturnType<typeof measure>;

const ACTIVATIONS = named<Point>("the growth of the activations", (p) => p.forward);
const GRADIENT = named<Point>("the growth of the gradient", (p) => p.back);
const ALL_ACTIVATIONS = named<Facts>("the growth of the activations", (f) => f.tests.map((p) => p.forward));
const ALL_GRADIENTS = named<Facts>("the growth of the gradient", (f) => f.tests.map((p) => p.back));
const both = (of: typeof above, limit: typeof FIVE_PERCENT): Predicate<Point> => all(of(ACTIVATIONS, limit), of(GRADIENT, limit));
const shrinks = term("values shrink", "values are not shown to shrink", both(below, MINUS_FIVE_PERCENT));
const grows = term("values grow", "values are not shown to grow", both(above, FIVE_PERCENT));
const stands = term("values keep at least their size", "values may shrink", both(above, MINUS_FIVE_PERCENT));
const tests = (f: Facts): readonly Point[] => f.tests;

const count = (f: Facts): string => `${f.tests.length} networks of ${DEVIATIONS.length} deviations and ${f.widths} widths`;

const RULE: Rule<Facts> = [
  { verdict: "SUPPORTED", when: every("in", "network", tests, shrinks), say: (f) => `They shrink in all ${count(f)}.` },
  {
    verdict: "REFUTED",
    when: all(not(some("in", "network", tests, shrinks)), every("in", "network", tests, stands)),
    say: (f) => `They shrink in none of ${count(f)}.`,
  },
  {
    verdict: "CONDITIONAL",
    when: all<Facts>(
      every("in", "network without skips where n·s² < 2", (f) => f.small, shrinks),
      every("in", "network without skips where n·s² > 2", (f) => f.large, grows),
      fact(
        "networks of both kinds were measured",
        "networks of one of these kinds were not measured",
        (f) => f.small.length > 0 && f.large.length > 0,
      ),
      every("in", "network with skips", (f) => f.skips, stands),
      keepsToLaw(ALL_ACTIVATIONS),
      keepsToLaw(ALL_GRADIENTS),
    ),
    say: ({ small, large, skips }) => {
      const widest = Math.max(...large.map((p) => p.of.width));
      const largest = Math.max(...large.filter((p) => p.of.width === widest).map((p) => p.spread));
      const most = large.find((p) => p.of.width === widest && p.spread === largest)!;
      return (
        `It depends on n·s², not on s: without skips values shrink in all ${small.length} networks with n·s² < 2 and grow in all ${large.length} with n·s² > 2 ` +
        `(for s = .1 and n = ${widest} their square grows ${factor(most.forward.measured.value)} a layer); with a skip they shrink in none of ${skips.length}.`
      );
    },
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `It is not certain in all ${count(f)} whether they shrink, or the growth leaves its law.` },
];

/** "Most weights are close to zero, so that the cascade leads to smaller and smaller values": weight deviation over width. */
export const nearZeroWeights: Claim = claim({
  id: "near-zero-weights",
  sentence: "Most weights are close to zero, so that the cascade leads to smaller and smaller values.",
  from: "a reply of the thread",
  experiment:
    "Weights of one deviation s, .001 to .1, over widths n from 64 to 1024 (full: 4096), ReLU layers with a skip and without, beside He weights of the same width; " +
    "wide networks have few layers and seeds, as they fluctuate little.",
  assumptions: ["at initialisation", "ReLU, fully connected, no norm", "s and n vary by factors: nothing is said of n·s² near 2"],
  source: "He et al. 2015 (n·s² = 2)",
  picture: FORWARD.what,
  trials: (budget) => sweep(budget, (v) => v),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, () => 2),
});
