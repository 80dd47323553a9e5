import type { NetSpec } from "../nn/spec.js";
import type { ClipRule } from "../train/clip.js";
import { clipping } from "../trial/measurements/clipping.js";
import type { ClippedStep } from "../trial/measurements/clipping.js";
import type { Arm, Claim, EvidenceRow, Budget } from "./claim.js";
import { above, below, evidenceRow } from "./shared/old-rows.js";

interface Rule {
  readonly name: string;
  readonly clip: ClipRule;
}

/** The rules with the thresholds that are usual. The first is the control, the second the usual one. */
const RULES: readonly Rule[] = [
  { name: "none", clip: { rule: "none" } },
  { name: "global norm 1", clip: { rule: "global", norm: 1 } },
  { name: "value .01", clip: { rule: "value", at: 0.01 } },
  { name: "each layer's norm 1", clip: { rule: "layer", norm: 1 } },
  { name: "adaptive, λ = .01", clip: { rule: "adaptive", lambda: 0.01 } },
];

const DEPTH: Readonly<Record<Budget["name"], number>> = { quick: 40, full: 100 };
const SEEDS = 20;
const WIDTH = 64;
const EXAMPLES = 32;

interface Network {
  readonly name: string;
  readonly role: Arm["role"];
  /** Whether its weights are those of layers one above the other: a recurrent network has the same at every step. */
  readonly layered: boolean;
  readonly net: (depth: number) => NetSpec;
}

const CHAOTIC = { scheme: "he", weightVariance: 4 };
const NETWORKS: readonly Network[] = [
  { name: "tanh, σ_w² = 4", role: "test", layered: true, net: (depth) => ({ arch: "mlp", activation: "tanh", init: CHAOTIC, depth }) },
  { name: "BN→ReLU", role: "test", layered: true, net: (depth) => ({ arch: "mlp", norm: "batch", bias: false, depth }) },
  { name: "x + W·ReLU(x)", role: "test", layered: true, net: (depth) => ({ arch: "residual-mlp", branch: "act-weight", depth }) },
  {
    name: "recurrent tanh, σ_w² = 4",
    role: "test",
    layered: false,
    net: (length) => ({ arch: "rnn", cell: "elman", unrolled: true, length, activation: "tanh", init: CHAOTIC }),
  },
  {
    name: "x + W·ReLU(x)/√L",
    role: "control",
    layered: true,
    net: (depth) => ({ arch: "residual-mlp", branch: "act-weight", branchScale: "1/sqrt(L)", depth }),
  },
];

const sweep = (size: Budget, rules: readonly ClipRule[]): readonly Arm[] =>
  NETWORKS.map(({ name, role, net }) => ({
    name,
    role,
    depth: DEPTH[size.name],
    trials: Array.from({ length: Math.min(size.seeds, SEEDS) }, (_, seed) => ({
      net: { ...net(DEPTH[size.name]), width: WIDTH, classes: 10 },
      batch: { examples: EXAMPLES },
      measure: { name: "clipping", rules },
      seed,
    })),
  }));

/** First layer's gradient over the last hidden one's; the classes' own matrix, behind it, is no layer of the chain. */
const spreadOf = ({ lnLayers }: ClippedStep): number => lnLayers[0]! - lnLayers[lnLayers.length - 2]!;

const LN_HUNDRED = Math.log(100);
/** What rounding of float32 may do to a ratio. */
const SAME = 1e-4;

/** "Exploding gradients are usually solved by clipping": what each rule makes of one and the same step. */
export const clippingSolves: Claim = {
  id: "clipping-solves",
  sentence: "Exploding gradients are usually solved by clipping.",
  from: "a comment of the thread",
  experiment:
    "The step of networks that explode (tanh at σ_w² = 4, BatchNorm before every ReLU, a bare skip, a recurrent network), clipped by global norm, by value, by each layer's norm and adaptively: the first layer's gradient over " +
    "the last one's, the step's length, and its cosine with the gradient.",
  rule:
    "Asked of networks whose first layer's gradient is more than 100 times the last hidden layer's, and no verdict falls unless it is true of those that may be beyond 100 as well. SUPPORTED: clipping by global norm, " +
    "the usual rule, brings that below 100 in each. REFUTED: no rule does so in any: each leaves it beyond 100. " +
    "CONDITIONAL: clipping by global norm bounds the step and leaves the ratio as it is (within 10⁻⁴ in ln), and other rules even it out.",
  assumptions: [
    "at initialisation, one step",
    "asked between layers: a bare skip makes all gradients large alike, and recurrent weights are those of every step",
    "cross-entropy of ten classes, labels at random",
    "thresholds that are usual; λ = .01 as published",
    "that one factor for all layers leaves their ratios alone is arithmetic; that the other rules do not, and by how much, is measured",
  ],
  source: "Pascanu, Mikolov & Bengio 2013; Mikolov 2012; Brock et al. 2021 (adaptive)",
  missing: "whether clipping keeps training from diverging, at equal progress, and what it does to the profile over steps",
  trials: (size) =>
    sweep(
      size,
      RULES.map((r) => r.clip),
    ),
  judge(results, context) {
    const depth = DEPTH[results.budget.name];
    const parts = NETWORKS.map(({ name, role, layered }) => {
      const all = results.of(clipping, name, depth);
      const points = RULES.map((rule, i) => {
        const point = (what: string, read: (s: ClippedStep, before: ClippedStep) => number): EvidenceRow =>
          evidenceRow(
            all.map((r) => read(r.steps[i]!, r.steps[0]!)),
            context,
            { what, arm: `${name}; ${rule.name}`, role: i === 0 ? "control" : role, depth },
          );
        return {
          rule,
          spread: point("ln of the norm of the first layer's gradient over the last hidden layer's", spreadOf),
          change: point("change of that logarithm by clipping", (s, before) => spreadOf(s) - spreadOf(before)),
          length: point("ln of the norm of the whole step", (s) => s.lnTotal),
          cosine: point("cosine of the step with the gradient", (s) => s.cosine),
        };
      });
      const before = points[0]!.spread;
      return { name, role, layered, points, asked: layered && role === "test" && !below(before, LN_HUNDRED), explodes: above(before, LN_HUNDRED) };
    });
    const evidence = parts.flatMap((p) =>
      p.points.flatMap((q, i) => [...(p.layered ? [q.spread, ...(i === 0 ? [] : [q.change])] : []), q.length, q.cosine]),
    );
    const order = [...new Set(evidence.map((f) => f.what))];
    const sorted = order.flatMap((what) => evidence.filter((f) => f.what === what));
    const sick = parts.filter((p) => p.asked);
    const even = (f: EvidenceRow): boolean => below(f, LN_HUNDRED) && above(f, -LN_HUNDRED);
    const uneven = (f: EvidenceRow): boolean => above(f, LN_HUNDRED) || below(f, -LN_HUNDRED);
    const times = (f: EvidenceRow): string => `×${Number(Math.exp(f.measured.value).toPrecision(3))}`;
    const said = sick.map((p) => `${p.name} ${p.points.map((q) => `${times(q.spread)} (${q.rule.name})`).join(", ")}`).join("; ");
    const where = `first layer's gradient over the last one's in ${depth} layers: ${said}`;
    if (!sick.some((p) => p.explodes))
      return { verdict: "UNDECIDED", evidence: sorted, sentence: "No network of this experiment explodes between its layers." };
    if (sick.every((p) => even(p.points[1]!.spread)))
      return { verdict: "SUPPORTED", evidence: sorted, sentence: `Clipping by global norm evens it out: ${where}.` };
    if (sick.every((p) => p.points.every((q) => uneven(q.spread))))
      return { verdict: "REFUTED", evidence: sorted, sentence: `No rule evens it out: ${where}.` };
    const kept = parts.filter((p) => p.layered).every(({ points: [, global] }) => Math.max(Math.abs(global!.change.measured.low), Math.abs(global!.change.measured.high)) < SAME); // prettier-ignore
    const bounded = parts.every(({ points: [, global] }) => global!.length.measured.high < SAME);
    const others = sick.every((p) => p.points.slice(2).some((q) => even(q.spread)));
    const all = RULES.slice(2).flatMap((r, i) => (sick.every((p) => even(p.points[i + 2]!.spread)) ? [r.name] : []));
    if (kept && bounded && others && all.length > 0) {
      const cosines = sick.flatMap((p) => p.points.slice(2).filter((q) => even(q.spread)).map((q) => q.cosine.measured.value)); // prettier-ignore
      const sentence =
        `Clipping by global norm bounds the step and leaves its profile exactly as it was; what evens the step out in every such network (${all.join(", ")}) turns it away from the gradient ` +
        `(cosine ${Math.min(...cosines).toFixed(2)} to ${Math.max(...cosines).toFixed(2)}). In figures, ${where}.`;
      return { verdict: "CONDITIONAL", evidence: sorted, sentence };
    }
    return { verdict: "UNDECIDED", evidence: sorted, sentence: `The rules do not part as expected: ${where}.` };
  },
  sabotage: (size) =>
    sweep(
      size,
      RULES.map(() => ({ rule: "none" })),
    ),
};
