import { lossSplit } from "../trial/measurements/loss-split.js";
import type { LossLevel } from "../trial/measurements/loss-split.js";
import { mean } from "../math/statistics.js";
import { capitalised, decimals, factor } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { GROWTH, RATE, deepest, evidenceRow, less } from "./shared/evidence-rows.js";
import type { Factors } from "./shared/factors.js";
import { LOSSES as LOSS_NAMES } from "./shared/label.js";
import { COMPOUND, EXPLOSION, FIVE_PERCENT, ZERO, above, all, below, every, fact, followsLaw, named, on, otherwise } from "./shared/predicates.js";
import type { Predicate } from "./shared/predicates.js";
import { logarithmOf, numberOf } from "./shared/quantity.js";
import type { NamedQuantity } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

const CLASSES = 10;

/** How a loss is made small and large while the network stays as it is; levels from the largest loss to the smallest. */
const LOSSES = [
  { loss: "margin", measure: { loss: "cross-entropy", by: "margin", levels: [-8, -4, 0, 4, 8] } },
  { loss: "temperature", measure: { loss: "cross-entropy", by: "temperature", levels: [0.1, 0.3, 1, 3, 10] } },
  { loss: "distance", measure: { loss: "mse", by: "distance", levels: [100, 10, 1, 0.1, 0.01] } },
] as const;

/** One loss of one network. */
interface Cell {
  readonly kind: ArmKind;
  readonly measure: (typeof LOSSES)[number]["measure"];
}

const kindOf = (skip: boolean, loss: Factors["loss"] & string): ArmKind => (skip ? testArm : controlArm)({ skip, loss });
const CELLS: readonly Cell[] = [false, true].flatMap((skip) => LOSSES.map(({ loss, measure }) => ({ kind: kindOf(skip, loss), measure })));

/** What is compared differs by powers of ten: few seeds of a narrow network tell. */
const own = (budget: Budget): Budget => ({ ...budget, seeds: 24, width: Math.min(budget.width, budget.name === "full" ? 128 : 64) });

const sweep = (budget: Budget, skips: boolean): readonly Arm[] =>
  CELLS.flatMap(({ kind, measure }) => {
    const net = { ...branchNet({ skip: kind.factors.skip === true && skips }), classes: CLASSES };
    return arms(own(budget), kind, { net, measure: { name: "loss-split", ...measure }, examples: 8 });
  });

const LOGITS = logarithmOf("squared gradient at the logits");
const CHANGE = logarithmOf("growth at the largest loss over that at the smallest", "ln of that growth at the largest loss less at the smallest");
const DROP = logarithmOf("squared gradient at the logits, largest loss over smallest", `${LOGITS.what}, largest loss less smallest`);

/** One number of one level, for every seed. */
const levelOf = (results: Results, { kind }: Cell, depth: number, i: number, of: (l: LossLevel) => number): readonly number[] =>
  results.of(lossSplit, kind.name, depth).map((r) => of(r.levels[i]!));

const growth = (l: LossLevel): number => l.lnGrowth ?? NaN;
const last = LOSSES[0].measure.levels.length - 1;
/** The largest loss's less the smallest's, seed by seed. */
const difference = (results: Results, cell: Cell, depth: number, of: (l: LossLevel) => number): readonly number[] =>
  less(levelOf(results, cell, depth, 0, of), levelOf(results, cell, depth, last, of));

/** Rows at every level, placed by the mean loss. */
function levels(results: Results, context: RuleContext, cell: Cell, quantity: NamedQuantity, of: (l: LossLevel) => number): readonly EvidenceRow[] {
  const depth = deepest(results.budget.depths);
  return cell.measure.levels.map((_, i) => {
    const value = Math.log(mean(levelOf(results, cell, depth, i, (l) => l.loss)));
    return evidenceRow(levelOf(results, cell, depth, i, of), context, { quantity, arm: cell.kind, depth, x: { axis: "ln of the mean loss", value } });
  });
}

/** Between these lies ‖∂loss/∂z‖/(1 − e^−loss) of every example, for a cross-entropy. */
const BOUNDS = { low: Math.sqrt(CLASSES / (CLASSES - 1)), high: Math.SQRT2 };

/** Least and greatest of that ratio over the examples of all levels, and whether none leaves its bounds. */
function boundsOf(results: Results, context: RuleContext, { kind }: Cell): { readonly rows: readonly EvidenceRow[]; readonly kept: boolean } {
  const depth = deepest(results.budget.depths);
  const seeds = results.of(lossSplit, kind.name, depth).map((r) => r.levels);
  const lowest = seeds.map((ls) => Math.min(...ls.flatMap((l) => l.lowest ?? [])));
  const highest = seeds.map((ls) => Math.max(...ls.flatMap((l) => l.highest ?? [])));
  const row = (values: readonly number[], which: string, bound: number): EvidenceRow => {
    const quantity = numberOf(`${which} gradient at the logits over 1 − e^−loss (bound ${decimals(bound, 4)})`);
    return evidenceRow(values, context, { quantity, arm: kind, depth });
  };
  return {
    rows: [row(lowest, "least", BOUNDS.low), row(highest, "greatest", BOUNDS.high)],
    kept: lowest.every((v) => v >= BOUNDS.low - 1e-6) && highest.every((v) => v <= BOUNDS.high + 1e-6),
  };
}

/** What a loss does to the growth and to the gradient at the logits, levels from the largest loss to the smallest. */
interface Part {
  readonly kind: ArmKind;
  readonly growths: readonly EvidenceRow[];
  readonly logits: readonly EvidenceRow[];
  readonly changes: readonly EvidenceRow[];
  readonly drop: EvidenceRow;
}

function measure(results: Results, context: RuleContext) {
  const { depths } = results.budget;
  const end = deepest(depths);
  const parts = CELLS.map((c): Part => ({
    kind: c.kind,
    growths: levels(results, context, c, GROWTH, growth),
    logits: levels(results, context, c, LOGITS, (l) => l.lnLogits),
    changes: depths.map((depth) => {
      const law = { value: 0, margin: RATE * depth, source: "no change, give or take 5 % a block" };
      return evidenceRow(difference(results, c, depth, growth), context, { quantity: CHANGE, arm: c.kind, role: "contrast", depth }, law);
    }),
    drop: evidenceRow(difference(results, c, end, (l) => l.lnLogits), context, { quantity: DROP, arm: c.kind, role: "contrast", depth: end }), // prettier-ignore
  }));
  const bounds = CELLS.filter((c) => c.measure.loss === "cross-entropy").map((c) => boundsOf(results, context, c));
  const evidence = [
    ...parts.flatMap((p) => p.growths),
    ...parts.flatMap((p) => p.logits),
    ...parts.flatMap((p) => p.changes),
    ...parts.map((p) => p.drop),
    ...bounds.flatMap((b) => b.rows),
  ];
  const of = (role: ArmKind["role"]): readonly Part[] => parts.filter((p) => p.kind.role === role);
  return { parts, residual: of("test"), plain: of("control"), bounded: bounds.every((b) => b.kept), depth: end, evidence };
}

type Facts = ReturnType<typeof measure>;

const at = (row: EvidenceRow | undefined): string => factor(row?.measured.value ?? NaN);
function said({ residual }: Facts): string {
  const fromTo = (rows: readonly EvidenceRow[]): string => `from ${at(rows[0])} to ${at(deepest(rows))}`;
  const each = residual.map((p) => `${fromTo(p.logits)} and its growth ${fromTo(p.growths)} with ${LOSS_NAMES[p.kind.factors.loss!]}`).join("; ");
  return `from the largest loss to the smallest, the squared gradient at the logits of the residual network goes ${each}`;
}

const growthsOf = (parts: readonly Part[]): readonly EvidenceRow[] => parts.flatMap((p) => p.growths);
const LOST = named<Facts>("the drop of ln of the squared gradient at the logits from the largest loss to the smallest", (f) =>
  f.parts.map((p) => p.drop),
);
const AT_LARGEST = named<Part>("the growth at the largest loss", (p) => p.growths[0]!);
const AT_SMALLEST = named<Part>("the growth at the smallest loss", (p) => deepest(p.growths));
const CHANGES = named<Facts>("the change of the growth from the largest loss to the smallest", (f) => f.parts.map((p) => deepest(p.changes)));
const AT_EVERY = named<readonly Part[]>("the growth at every loss", growthsOf);
const smaller: readonly Predicate<Facts>[] = [
  above(LOST, ZERO),
  fact(
    "with a cross-entropy, the gradient at the logits lies between √(K/(K − 1)) and √2 times 1 − e^−loss in every example",
    "with a cross-entropy, the gradient at the logits leaves its bounds in some example",
    (f) => f.bounded,
    COMPOUND,
  ),
];

const RULE: Rule<Facts> = [
  {
    verdict: "REFUTED",
    when: below(LOST, ZERO),
    say: (f) => `A smaller loss does not have smaller gradients: ${said(f)}.`,
  },
  {
    verdict: "SUPPORTED",
    when: all<Facts>(
      ...smaller,
      every("in", "residual network", (f) => f.residual, all(above(AT_LARGEST, EXPLOSION), below(AT_SMALLEST, EXPLOSION))),
    ),
    say: (f) => `The growth over ${f.depth} blocks goes with the loss: ${said(f)}.`,
  },
  {
    verdict: "CONDITIONAL",
    when: all<Facts>(
      ...smaller,
      followsLaw(CHANGES, `none within ${FIVE_PERCENT.words}`),
      on("in the residual network", (f) => f.residual, above(AT_EVERY, EXPLOSION)),
      on("in the plain network", (f) => f.plain, below(AT_EVERY, EXPLOSION)),
    ),
    say: (f) => {
      const warm = f.residual.find((p) => p.kind.factors.loss === "temperature");
      return (
        `Half of it is true: a smaller loss has a smaller gradient at the logits (bounded for cross-entropy, without bound for mean squares). But the growth over ${f.depth} blocks goes ` +
        `on at every loss: a margin and a distance cannot change it, and a temperature changes it by ${at(warm && deepest(warm.changes))} in all. ${capitalised(said(f))}.`
      );
    },
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `The losses do not differ clearly: ${said(f)}.` },
];

/** "Smaller loss, smaller gradients, no explosion": two steps, of which the first holds. */
export const lossNotGradient: Claim = claim({
  id: "loss-not-gradient",
  sentence: "A smaller loss means smaller gradients, so there is no explosion.",
  from: "a reply of the thread",
  experiment:
    "The loss of one and the same network made large and small: cross-entropy by what is added to the right logit and by a temperature, mean squares by the distance of " +
    `the target; the gradient at the input split into that at the ${CLASSES} logits and the Jacobian's factor. Plain and bare residual ReLU networks; 24 seeds at the greatest depth, width 64 (full: 128).`,
  assumptions: [
    "at initialisation, labels and targets drawn",
    "growth is that from the end of the trunk to the input, at the greatest depth; networks and levels are each other's controls",
    "logits divided by their root mean square, so that both networks have the same losses",
    "a margin and a distance leave the direction of the gradient at the logits as it is, so that no growth can change at all; a temperature turns it",
  ],
  source: "own experiment; the bounds follow from softmax minus one-hot",
  missing: "the same at losses that training reaches",
  picture: GROWTH.what,
  trials: (budget) => sweep(budget, true),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, false),
});
