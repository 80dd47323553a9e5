import { activation } from "../theory/activation.js";
import { singleBranch } from "../theory/laws/residual.js";
import type { Arm, Claim, Budget } from "./claim.js";
import { arms, branchNet } from "./shared/arms.js";
import { HUNDRED, RATE, above, below, deepest, factor, growthRow, lawsHeld, rate, total } from "./shared/evidence-rows.js";

interface Scale {
  readonly name: string;
  readonly role: Arm["role"];
  /** As a spec says it. */
  readonly spec: number | string;
  readonly at: (depth: number) => number;
}

const SCALES: readonly Scale[] = [
  { name: "x + W·ReLU(x)", role: "control", spec: 1, at: () => 1 },
  { name: "x + W·ReLU(x)/2", role: "control", spec: 0.5, at: () => 0.5 },
  { name: "x + W·ReLU(x)/√L", role: "test", spec: "1/sqrt(L)", at: (l) => 1 / Math.sqrt(l) },
  { name: "x + W·ReLU(x)/L", role: "test", spec: "1/L", at: (l) => 1 / l },
  { name: "x + 0·W·ReLU(x)", role: "test", spec: 0, at: () => 0 },
];

const sweep = (size: Budget, specOf: (s: Scale) => number | string): readonly Arm[] =>
  SCALES.flatMap((s) => arms(size, { name: s.name, role: s.role, net: () => branchNet(true, 2, { branchScale: specOf(s) }) }));

/** Small branches make skips safe: (1 + α²)^L stays bounded when α² = O(1/L). */
export const scaledBranch: Claim = {
  id: "scaled-branch",
  sentence: "Small branches, α² = O(1/L), are what makes skips safe.",
  from: "the answer that this panel tests: what stops the explosion if the skip does not",
  experiment: "Residual ReLU networks x + α·F(x) with α = 1 and 1/2 at every depth, 1/√L, 1/L and 0.",
  rule:
    "SUPPORTED: with α = 1 the squared gradient grows by more than 5 % a block and beyond 100 on the norm, with α = 1/2 by more than 5 % a block still; with every α that is 1/√L or less it stays below 100 on the norm and grows " +
    "by less than 5 % a block; and all follow (1 + α²)^L, which α = 1/2 does not leave. REFUTED: a branch of α ≤ 1/√L explodes all the same.",
  assumptions: ["at initialisation", "ReLU, He weights, no norm"],
  source: "Hanin & Rolnick 2018; De & Smith 2020; Zhang, Dauphin & Ma 2019 (Fixup)",
  trials: (size) => sweep(size, (s) => s.spec),
  judge(results, context) {
    const { depths, width } = results.size;
    const phi = activation("relu");
    const totals = SCALES.map((s) =>
      depths.map((depth) => {
        const law = total(context.laws.residual({ branch: singleBranch(phi), branchScale: s.at(depth), depth, width }), depth);
        return growthRow(results, context, { arm: s.name, role: s.role, depth, law });
      }),
    );
    const rates = SCALES.map((s) => rate(results, context, s.name, s.role));
    const evidence = [...totals.flat(), ...rates];
    const [bare, half, ...small] = SCALES.map((_, i) => ({ rate: rates[i]!, end: deepest(totals[i]!) }));
    const said = SCALES.map((s, i) => `${s.name} ${factor(deepest(totals[i]!).measured.value)}`).join(", ");
    const explodes = (a: NonNullable<typeof bare>): boolean => above(a.rate, RATE) && above(a.end, HUNDRED);
    if (small.some(explodes))
      return { verdict: "REFUTED", evidence, sentence: `A small branch explodes too, over ${deepest(depths)} blocks: ${said}.` };
    const [constant, others] = [totals[1], totals.filter((_, i) => i !== 1)];
    const safe = small.every((a) => below(a.rate, RATE) && below(a.end, HUNDRED));
    if (safe && explodes(bare!) && above(half!.rate, RATE) && lawsHeld(others.flat()) === "equal" && lawsHeld(constant!) !== "different")
      return { verdict: "SUPPORTED", evidence, sentence: `The squared gradient over ${deepest(depths)} blocks, as (1 + α²)^L has it: ${said}.` };
    return { verdict: "UNDECIDED", evidence, sentence: `The arms do not part as the claim has it, or leave the law: ${said}.` };
  },
  sabotage: (size) => sweep(size, (s) => (s.role === "control" ? 0 : s.spec)),
};
