import { activation } from "../theory/activation.js";
import { capitalised, factor } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, controlArm, testArm } from "./shared/arms.js";
import { deepest, growthRow, lastRate, total } from "./shared/evidence-rows.js";
import { joinedParts, labelParts } from "./shared/label.js";
import { FIVE_PERCENT, MINUS_FIVE_PERCENT, above, all, any, below, every, fact, followsLaw, given, named, not, otherwise, some, term, within } from "./shared/predicates.js"; // prettier-ignore
import type { Predicate } from "./shared/predicates.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

/** χ = σ_w²/2: the squared gain of a plain ReLU layer. */
const GAINS: Readonly<Record<Budget["name"], readonly number[]>> = { quick: [0.25, 1, 4, 20], full: [0.25, 1, 2, 4, 20] };
const BIASES: Readonly<Record<Budget["name"], readonly number[]>> = { quick: [-1, -3], full: [0, -1, -2, -3, -4] };

/** The gate so far open that nothing is carried. */
const OPEN = 30;

/** Drawn gates double a trial: a few of them, where the trunk grows or stands. */
const DRAWN: Readonly<Record<Budget["name"], readonly (readonly [chi: number, bias: number])[]>> = {
  quick: [[20, -3]],
  full: [
    [4, -1],
    [4, -3],
    [20, -3],
  ],
};

const plain = (chi: number): ArmKind => controlArm({ network: "chain", chi });

/** Gates that are their bias, and gates whose weights are drawn too, as they are where nobody sets them to zero. */
const highwaysOf = (name: Budget["name"]): readonly ArmKind[] => [
  ...GAINS[name].flatMap((chi) => BIASES[name].map((gateBias) => testArm({ network: "highway", chi, gateBias }))),
  ...DRAWN[name].map(([chi, gateBias]) => testArm({ network: "highway", chi, gateBias, gatesDrawn: true })),
];

const initOf = (chi: number): { readonly scheme: string; readonly weightVariance: number } => ({ scheme: "he", weightVariance: 2 * chi });

const sweep = (budget: Budget, biasOf: (b: number) => number): readonly Arm[] => [
  ...GAINS[budget.name].flatMap((chi) => arms(budget, plain(chi), { net: { arch: "mlp", init: initOf(chi) } })),
  ...highwaysOf(budget.name).flatMap((kind) => {
    const { chi = 1, gateBias = 0, gatesDrawn = false } = kind.factors;
    return arms(budget, kind, { net: { arch: "highway", gateBias: biasOf(gateBias), gateVariance: gatesDrawn ? 1 : 0, init: initOf(chi) } });
  }),
];

/** A Highway network beside the plain one of the same gain. */
interface Cell {
  readonly kind: ArmKind;
  readonly totals: readonly EvidenceRow[];
  /** Growth per layer between the two greatest depths, here and without the carry. */
  readonly rate: EvidenceRow;
  readonly plain: EvidenceRow;
  readonly plainEnd: EvidenceRow;
}

function measure(results: Results, context: RuleContext) {
  const { depths, width, name } = results.budget;
  const phi = activation("relu");
  const controls = GAINS[name].map((chi) => {
    const totals = depths.map((depth) => {
      const law = total(context.laws.plain({ phi, sigmaW2: 2 * chi, depth, width }), depth);
      return growthRow(results, context, { arm: plain(chi), depth, law });
    });
    return { chi, totals, rate: lastRate(results, context, plain(chi)) };
  });
  const cells = highwaysOf(name).map((kind): Cell => {
    const { chi = 1, gateBias = 0, gatesDrawn = false } = kind.factors;
    const totals = depths.map((depth) => {
      // The law of drawn gates holds while they are near their bias.
      const law = gatesDrawn ? undefined : total(context.laws.highway({ phi, depth, gateBias, sigmaW2: 2 * chi, width }), depth);
      return growthRow(results, context, { arm: kind, depth, law });
    });
    const without = controls.find((c) => c.chi === chi)!;
    return { kind, totals, rate: lastRate(results, context, kind), plain: without.rate, plainEnd: deepest(without.totals) };
  });
  const evidence = [...cells.flatMap((c) => [...c.totals, c.rate]), ...controls.flatMap((c) => c.totals), ...controls.map((c) => c.rate)];
  return { cells, depth: deepest(depths), evidence };
}

type Facts = ReturnType<typeof measure>;

const PLAIN = named<Cell>("the growth in the plain network", (c) => c.plain);
const GATED = named<Cell>("the growth in the Highway network", (c) => c.rate);
const plainGrows = term("the plain gradient explodes", "the plain gradient is not shown to explode", above(PLAIN, FIVE_PERCENT));
const plainFalls = term("the plain gradient vanishes", "the plain gradient is not shown to vanish", below(PLAIN, MINUS_FIVE_PERCENT));
const plainStands = term("the plain gradient is steady", "the plain gradient is not shown to be steady", within(PLAIN, FIVE_PERCENT));
const slower = fact<Cell>(
  `${GATED.words} is above that in the plain one`,
  `${GATED.words} is not shown to be above that in the plain one`,
  (c) => c.rate.measured.low > c.plain.measured.high,
);
const close = fact<Cell>(
  `${GATED.words} is less than ${FIVE_PERCENT.words} above that in the plain one`,
  `${GATED.words} is not shown to be less than ${FIVE_PERCENT.words} above that in the plain one`,
  (c) => c.rate.measured.high < c.plain.measured.low + FIVE_PERCENT.of(c.plain),
);

const mitigated = term(
  "the growth is mitigated",
  "the growth is not mitigated",
  any(all(plainGrows, below(GATED, FIVE_PERCENT)), all(plainFalls, slower)),
);
const goesOn = term(
  "the growth goes on",
  "the growth does not go on",
  any(all(plainGrows, above(GATED, FIVE_PERCENT)), all(plainFalls, not(slower), close)),
);
const harmed = term("the network is harmed", "the network is not harmed", all(plainStands, below(GATED, MINUS_FIVE_PERCENT)));
const fine = term("nothing is lost", "something is lost", all(plainStands, above(GATED, MINUS_FIVE_PERCENT)));
const certain = fact<Cell>("one of the four outcomes named above is certain", "none of the four outcomes is certain", (c) =>
  [mitigated, goesOn, harmed, fine].some((outcome) => outcome.holds(c)),
);

const gated = (c: Cell): string => joinedParts(labelParts(c.kind.factors).slice(1));
/** The sentence that names the networks of one outcome: `the growth goes on with χ = 4, b = -1 (×8.4e4, plain ×5.5e59)`. */
function sentenceOf({ cells }: Facts, outcome: Predicate<Cell>, words: string): readonly string[] {
  const found = cells
    .filter((c) => outcome.holds(c))
    .map((c) => `${gated(c)} (${factor(deepest(c.totals).measured.value)}, plain ${factor(c.plainEnd.measured.value)})`);
  return found.length === 0 ? [] : [`${words} with ${found.join("; ")}`];
}

function said(f: Facts): string {
  const outcomes = [mitigated, goesOn, harmed].flatMap((outcome) => sentenceOf(f, outcome, outcome.words));
  const [first = "nothing is lost in any network", ...rest] = [...outcomes, ...sentenceOf(f, not(certain), "no outcome is certain")];
  return [`over ${f.depth} layers ${first}`, ...rest.map(capitalised)].join(". ");
}

const inSome = (outcome: Predicate<Cell>): Predicate<Facts> => some("in", "Highway network", (f) => f.cells, outcome);
const FIXED_GATES = named<Facts>("the growth", (f) => f.cells.filter((c) => c.kind.factors.gatesDrawn !== true).flatMap((c) => c.totals));

const RULE: Rule<Facts> = [
  {
    verdict: "SUPPORTED",
    when: all<Facts>(
      every("in", "Highway network", (f) => f.cells, any(mitigated, fine)),
      inSome(mitigated),
      given("where gates are their bias", followsLaw(FIXED_GATES)),
    ),
    say: (f) => `They do everywhere in the range: ${said(f)}.`,
  },
  {
    verdict: "CONDITIONAL",
    when: all(inSome(mitigated), inSome(any(goesOn, harmed))),
    say: (f) => `It depends on gain and gate: ${said(f)}.`,
  },
  {
    verdict: "REFUTED",
    when: all<Facts>(
      not(inSome(mitigated)),
      every("in", "Highway network", (f) => f.cells, certain),
      inSome(goesOn),
    ),
    say: (f) => `They do nowhere in the range: ${said(f)}.`,
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `Too few seeds tell: ${said(f)}.` },
];

/** "Highway networks mitigate vanishing and exploding": over gains and gate biases, beside the plain network of the same gain. */
export const highwayMitigates: Claim = claim({
  id: "highway-mitigates",
  sentence: "Highway networks mitigate vanishing and exploding gradients.",
  from: "the question's premise, from the literature it cites",
  experiment:
    "Highway networks over branch gains χ and gate biases b, with gates that are their bias and some whose weights are drawn, beside plain networks of the same gain.",
  assumptions: [
    "at initialisation",
    "growth is that per layer of the squared gradient between the two greatest depths, as it is not linear in the depth",
    "ReLU; gates are their bias, T = σ(b), where it is not said that their weights are drawn: those open and close with a growing trunk, and let it grow the more",
    "raw gradients: where activations fall with them, or grow, part of it is units",
    "fully connected, no norm",
    "laws are those of the width: a share 1/n of the gradient, along equal features, grows as the activations do and overtakes the rest with depth",
  ],
  source:
    "Srivastava, Greff & Schmidhuber 2015; own derivation (docs/laws.md): explosion is held off for χ < (2 − T)/T only while n ≫ (forward gain/backward gain)^L; " +
    "at a given width and depth enough for χ < (2 − T)/(T + 2(1 − T)/π)",
  missing: "training on real digits",
  trials: (budget) => sweep(budget, (b) => b),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, () => OPEN),
});
