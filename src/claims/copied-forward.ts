import type { NetSpec } from "../nn/spec.js";
import { activation } from "../theory/activation.js";
import type { Laws } from "../theory/laws.js";
import { normBranch, singleBranch } from "../theory/laws/residual.js";
import type { Prediction, Unknown } from "../theory/prediction.js";
import type { Arm, Claim, Budget } from "./claim.js";
import { arms, branchNet } from "./shared/arms.js";
import { HUNDRED, above, below, deepest, factor, growthRow, forwardGrowthOf } from "./shared/evidence-rows.js";
import { cosineLaw, cosineOf, forwardTotal } from "./shared/forward.js";

interface Way {
  readonly name: string;
  readonly role: Arm["role"];
  readonly net: NetSpec;
  readonly law: (laws: Laws, depth: number, width: number) => Prediction | Unknown;
}

const RELU = activation("relu");
/** Inputs are drawn independently. */
const APART = { inputCorrelation: 0 };

const WAYS: readonly Way[] = [
  {
    name: "W·ReLU(x)",
    role: "control",
    net: branchNet(false, 2),
    law: (laws, depth, width) => laws.residual({ branch: singleBranch(RELU), skipScale: 0, depth, width, ...APART }),
  },
  {
    name: "x + W·ReLU(x)",
    role: "test",
    net: branchNet(true, 2),
    law: (laws, depth, width) => laws.residual({ branch: singleBranch(RELU), depth, width, ...APART }),
  },
  {
    name: "x + W·ReLU(LN x)",
    role: "test",
    net: branchNet(true, 2, { branch: "norm-act-weight", norm: "layer" }),
    law: (laws, depth, width) => laws.residual({ branch: normBranch(RELU, "layer"), depth, width, ...APART }),
  },
  {
    name: "x + W·ReLU(x)/√L",
    role: "test",
    net: branchNet(true, 2, { branchScale: "1/sqrt(L)" }),
    law: (laws, depth, width) => laws.residual({ branch: singleBranch(RELU), branchScale: 1 / Math.sqrt(depth), depth, width, ...APART }),
  },
];

const sweep = (size: Budget, more: Readonly<Record<string, unknown>> = {}): readonly Arm[] =>
  WAYS.flatMap(({ name, role, net }) => arms(size, { name, role, net: () => ({ ...net, ...more }) }));

/** "As we copy information deeper, this seems going to explode": the activations of residual networks over depth. */
export const copiedForward: Claim = {
  id: "copied-forward",
  sentence: "As we copy information deeper, this seems going to explode.",
  from: "a later comment, never answered",
  experiment:
    "Mean square of the activations, and likeness of the examples, over the depth of residual ReLU networks: bare, with LayerNorm inside the branch, " +
    "with branches × 1/√L, beside the same layers without skips.",
  rule:
    "Exploding is a mean square that grows beyond 10^4 at the greatest depth, bounded one that stays below. SUPPORTED: every kind of residual network explodes. REFUTED: none does. " +
    "CONDITIONAL: the bare one explodes, those with a norm inside the branch or a factor 1/√L stay bounded and do not leave their laws (2^L; 1 + L; (1 + 1/L)^L).",
  assumptions: ["at initialisation", "ReLU, He weights, fully connected", "inputs from N(0, 1), independent of each other"],
  source: "Hanin & Rolnick 2018; De & Smith 2020; Xiong et al. 2020 (norm inside the branch)",
  trials: (size) => sweep(size),
  judge(results, context) {
    const { depths, width } = results.size;
    const last = deepest(depths);
    const totals = WAYS.map(({ name, role, law }) =>
      depths.map((depth) =>
        growthRow(results, context, {
          arm: name,
          role,
          depth,
          reading: forwardGrowthOf,
          what: "ln of the mean square of the activations, output over input",
          law: forwardTotal(law(context.laws, depth, width), depth),
        }),
      ),
    );
    const alike = WAYS.map(({ name, role, law }) =>
      growthRow(results, context, {
        arm: name,
        role,
        depth: last,
        reading: cosineOf,
        what: "mean cosine of two examples at the output",
        law: cosineLaw(law(context.laws, last, width)),
      }),
    );
    const evidence = [...totals.flat(), ...alike];
    const ends = totals.map(deepest);
    const [, bare, ...small] = ends as [(typeof ends)[number], (typeof ends)[number], ...typeof ends];
    const said = WAYS.map((w, i) => `${w.name} ${factor(ends[i]!.measured.value)}`).join(", ");
    const where = `the mean square of the activations over ${last} blocks: ${said}`;
    const follow = totals.slice(1).every((t) => t.every((f) => f.law?.held !== "different"));
    if ([bare, ...small].every((f) => above(f, HUNDRED)))
      return { verdict: "SUPPORTED", evidence, sentence: `Every residual network explodes, ${where}.` };
    if ([bare, ...small].every((f) => below(f, HUNDRED)))
      return { verdict: "REFUTED", evidence, sentence: `No residual network explodes, ${where}.` };
    if (above(bare, HUNDRED) && small.every((f) => below(f, HUNDRED)) && follow) {
      const cosines = WAYS.map((w, i) => `${w.name} ${alike[i]!.measured.value.toFixed(2)}`).join(", ");
      const sentence =
        `Copying alone makes a bare skip explode forwards too; a norm inside the branch makes that growth linear in depth, a factor 1/√L bounds it: ${where}. ` +
        `How alike two examples have become there (mean cosine): ${cosines}.`;
      return { verdict: "CONDITIONAL", evidence, sentence };
    }
    return { verdict: "UNDECIDED", evidence, sentence: `The networks do not part as expected, or leave their laws: ${where}.` };
  },
  sabotage: (size) => sweep(size, { branchScale: 0 }),
};
