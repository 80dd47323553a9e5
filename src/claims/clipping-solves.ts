import type { NetSpec } from "../nn/spec.js";
import type { ClipRule } from "../train/clip.js";
import { clipping } from "../trial/measurements/clipping.js";
import type { ClippedStep } from "../trial/measurements/clipping.js";
import { capitalised, decimals, factor, powerOfTen } from "../util/format.js";
import type { Arm, ArmKind, Budget, Claim, EvidenceRow, Results, RuleContext } from "./claim.js";
import { arms, branchNet, controlArm, testArm } from "./shared/arms.js";
import { evidenceRow } from "./shared/evidence-rows.js";
import type { Factors } from "./shared/factors.js";
import { joinedParts, labelParts } from "./shared/label.js";
import {
  above,
  all,
  any,
  below,
  between,
  boundOf,
  every,
  fact,
  isBelow,
  named,
  not,
  on,
  otherwise,
  some,
  term,
  within,
} from "./shared/predicates.js";
import type { Predicate } from "./shared/predicates.js";
import { logarithmOf, numberOf } from "./shared/quantity.js";
import type { NamedQuantity } from "./shared/quantity.js";
import { claim } from "./shared/rule.js";
import type { Rule } from "./shared/rule.js";

/** The rules with the thresholds that are usual. The first is the control, the second the usual one. */
const RULES: readonly { readonly clip: NonNullable<Factors["clip"]>; readonly rule: ClipRule }[] = [
  { clip: "none", rule: { rule: "none" } },
  { clip: "global", rule: { rule: "global", norm: 1 } },
  { clip: "value", rule: { rule: "value", at: 0.01 } },
  { clip: "layer", rule: { rule: "layer", norm: 1 } },
  { clip: "adaptive", rule: { rule: "adaptive", lambda: 0.01 } },
];

const CLIP_RULES = RULES.map((r) => r.rule);
const UNCLIPPED = RULES.map((): ClipRule => ({ rule: "none" }));

const DEPTH: Readonly<Record<Budget["name"], number>> = { quick: 40, full: 100 };
const SEEDS = 20;
const WIDTH = 64;

const KINDS: readonly ArmKind[] = [
  testArm({ network: "layers", activation: "tanh", weightVariance: 4 }),
  testArm({ network: "layers", norm: "batch", order: "norm-act", activation: "relu" }),
  testArm({ skip: true }),
  testArm({ network: "recurrent", activation: "tanh", weightVariance: 4 }),
  controlArm({ skip: true, branchScale: "1/sqrt(L)" }),
];
/** Whether the weights of an arm are those of layers one above the other: a recurrent network has the same at every step. */
const isLayered = ({ factors }: ArmKind): boolean => factors.network !== "recurrent";

function netOf({ network, activation, norm, weightVariance = 2, ...factors }: Factors): NetSpec {
  const shared = { activation, init: { scheme: "he", weightVariance } };
  if (network === "recurrent") return { arch: "rnn", cell: "elman", unrolled: true, ...shared };
  if (network === undefined) return branchNet(factors);
  return { arch: "mlp", ...shared, ...(norm === "batch" ? { norm, bias: false } : {}) };
}

const sweep = (budget: Budget, rules: readonly ClipRule[]): readonly Arm[] =>
  KINDS.flatMap((kind) =>
    arms(budget, kind, {
      net: { ...netOf(kind.factors), classes: 10 },
      depths: [DEPTH[budget.name]],
      along: isLayered(kind) ? "depth" : "length",
      width: WIDTH,
      seeds: Math.min(budget.seeds, SEEDS),
      measure: { name: "clipping", rules },
      dtype: "float32",
    }),
  );

/** First layer's gradient over the last hidden one's; the classes' own matrix, behind it, is no layer of the chain. */
const spreadOf = ({ lnLayers }: ClippedStep): number => lnLayers[0]! - lnLayers[lnLayers.length - 2]!;

const SPREAD = logarithmOf("norm of the first layer's gradient over the last hidden layer's");
const CHANGE = logarithmOf(`${SPREAD.of}, clipped over unclipped`, "change of that logarithm by clipping");
const LENGTH = logarithmOf("norm of the whole step");
const COSINE = numberOf("cosine of the step with the gradient");

/** What one rule makes of a network's step. */
interface Clipped {
  /** What the label says of the rule. */
  readonly clip: string;
  readonly spread: EvidenceRow;
  readonly change: EvidenceRow;
  readonly length: EvidenceRow;
  readonly cosine: EvidenceRow;
}

interface Part {
  readonly kind: ArmKind;
  readonly unclipped: Clipped;
  readonly global: Clipped;
  readonly others: readonly Clipped[];
  readonly every: readonly Clipped[];
}

function partOf(results: Results, context: RuleContext, kind: ArmKind): Part {
  const depth = DEPTH[results.budget.name];
  const measured = results.of(clipping, kind.name, depth);
  const steps = RULES.map(({ clip }, i): Clipped => {
    const factors = { ...kind.factors, clip };
    const parts = labelParts(factors);
    const arm: ArmKind = { factors, name: joinedParts(parts), role: i === 0 ? "control" : kind.role };
    const row = (quantity: NamedQuantity, read: (step: ClippedStep, before: ClippedStep) => number): EvidenceRow =>
      evidenceRow(
        measured.map((r) => read(r.steps[i]!, r.steps[0]!)),
        context,
        { quantity, arm, depth },
      );
    return {
      clip: parts.find((p) => p.factor === "clip")!.text,
      spread: row(SPREAD, spreadOf),
      change: row(CHANGE, (s, before) => spreadOf(s) - spreadOf(before)),
      length: row(LENGTH, (s) => s.lnTotal),
      cosine: row(COSINE, (s) => s.cosine),
    };
  });
  const [unclipped, global, ...others] = steps as [Clipped, Clipped, ...Clipped[]];
  return { kind, unclipped, global, others, every: steps };
}

/** What rounding of float32 may do to a ratio, in ln. */
const ROUNDING = boundOf(powerOfTen(-4), 1e-4);
const LN_HUNDRED = Math.log(100);
const HUNDRED_TIMES = boundOf("100", LN_HUNDRED);
const HUNDREDTH = boundOf("1/100", -LN_HUNDRED);
const RATIO = named<Clipped>("the ratio of the first layer's gradient to the last hidden layer's", (c) => c.spread);
const even = term("the layers have even gradients", "the layers are not shown to have even gradients", between(RATIO, HUNDREDTH, HUNDRED_TIMES));
const uneven = term(
  "the layers have uneven gradients",
  "the layers are not shown to have uneven gradients",
  any(above(RATIO, HUNDRED_TIMES), below(RATIO, HUNDREDTH)),
);

function measure(results: Results, context: RuleContext) {
  const parts = KINDS.map((kind) => partOf(results, context, kind));
  const rows = parts.flatMap((p) =>
    p.every.flatMap((c, i) => [...(isLayered(p.kind) ? [c.spread, ...(i === 0 ? [] : [c.change])] : []), c.length, c.cosine]),
  );
  const layered = parts.filter((p) => isLayered(p.kind));
  const sick = layered.filter((p) => p.kind.role === "test" && !isBelow(p.unclipped.spread, LN_HUNDRED));
  /** Rules beside the usual one that even out every sick network. */
  const cures = RULES.slice(2).flatMap((_, i) => (sick.every((p) => even.holds(p.others[i]!)) ? [sick[0]?.others[i]?.clip ?? ""] : []));
  const evidence = [SPREAD, LENGTH, COSINE, CHANGE].flatMap(({ what }) => rows.filter((row) => row.what === what));
  return { parts, layered, sick, cures, depth: DEPTH[results.budget.name], evidence };
}

type Facts = ReturnType<typeof measure>;

const inSick = (p: Predicate<Part>): Predicate<Facts> => every("in", "network whose gradient explodes between its layers", (f) => f.sick, p);
const UNCLIPPED_RATIO = named<Part>("the unclipped ratio of the first layer's gradient to the last hidden layer's", (p) => p.unclipped.spread);
const explodes = above(UNCLIPPED_RATIO, HUNDRED_TIMES);
const CHANGE_OF_RATIO = named<Facts>("the change of ln of that ratio by global norm", (f) => f.layered.map((p) => p.global.change));
const LENGTH_OF_STEP = named<Facts>("ln of the length of the step that global norm leaves", (f) => f.parts.map((p) => p.global.length));

function where({ sick, depth }: Facts): string {
  const each = ({ kind, every: clipped }: Part): string =>
    `${clipped.map((c) => `${factor(c.spread.measured.value)} (${c.clip})`).join(", ")} with ${kind.name}`;
  return `over ${depth} layers the ratio of the first layer's gradient to the last one's is ${sick.map(each).join("; ")}`;
}

const RULE: Rule<Facts> = [
  {
    verdict: "UNDECIDED",
    when: not(some<Facts, Part>("in", "network", (f) => f.sick, explodes)),
    say: () => "No network of this experiment explodes between its layers.",
  },
  {
    verdict: "SUPPORTED",
    when: inSick(on("clipped by global norm", (p) => p.global, even)),
    say: (f) => `Clipping by global norm evens it out: ${where(f)}.`,
  },
  {
    verdict: "REFUTED",
    when: inSick(every("with", "rule of clipping", (p) => p.every, uneven)),
    say: (f) => `No rule evens it out: ${where(f)}.`,
  },
  {
    verdict: "CONDITIONAL",
    when: all<Facts>(
      within(CHANGE_OF_RATIO, ROUNDING),
      below(LENGTH_OF_STEP, ROUNDING),
      inSick(some("with", "other rule", (p) => p.others, even)),
      fact("one of these rules does so in all of them", "no rule does so in all of them", (f) => f.cures.length > 0),
    ),
    say: (f) => {
      const cosines = f.sick.flatMap((p) => p.others.filter(even.holds).map((c) => c.cosine.measured.value));
      return (
        `Clipping by global norm bounds the step and leaves its profile exactly as it was; what evens the step out in every such network (${f.cures.join("; ")}) turns it away from the gradient ` +
        `(cosine ${decimals(Math.min(...cosines), 2)} to ${decimals(Math.max(...cosines), 2)}). ${capitalised(where(f))}.`
      );
    },
  },
  { verdict: "UNDECIDED", when: otherwise, say: (f) => `The rules do not differ as expected: ${where(f)}.` },
];

/** "Exploding gradients are usually solved by clipping": what each rule makes of one and the same step. */
export const clippingSolves: Claim = claim({
  id: "clipping-solves",
  sentence: "Exploding gradients are usually solved by clipping.",
  from: "a comment of the thread",
  experiment:
    "The step of networks that explode (tanh at σ_w² = 4, BatchNorm before every ReLU, a bare skip, a recurrent network), clipped by global norm, by value, by each layer's norm and adaptively: the first layer's gradient over " +
    "the last one's, the step's length, and its cosine with the gradient.",
  assumptions: [
    "at initialisation, one step",
    "a network whose ratio may be beyond 100 counts as one whose gradient explodes between its layers: no verdict falls unless it is true of it too",
    "between layers: a bare skip makes all gradients large alike, and recurrent weights are those of every step",
    "cross-entropy of ten classes, labels at random",
    "thresholds that are usual; λ = .01 as published",
    "that one factor for all layers leaves their ratios alone is arithmetic; that the other rules do not, and by how much, is measured",
  ],
  source: "Pascanu, Mikolov & Bengio 2013; Mikolov 2012; Brock et al. 2021 (adaptive)",
  missing: "whether clipping keeps training from diverging, at equal progress, and what it does to the profile over steps",
  trials: (budget) => sweep(budget, CLIP_RULES),
  measure,
  rule: RULE,
  sabotage: (budget) => sweep(budget, UNCLIPPED),
});
