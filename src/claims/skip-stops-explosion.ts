import { activation } from "../theory/activation.js";
import { singleBranch } from "../theory/laws/residual.js";
import type { Arm, Claim, Budget } from "./claim.js";
import { arms, branchNet } from "./shared/arms.js";
import { HUNDRED, RATE, above, below, contrast, deepest, factor, growthRow, rate, scaleFreeOf, total } from "./shared/evidence-rows.js";

const SKIP = "x + W·ReLU(x)";
const PLAIN = "W·ReLU(x)";

const both = (size: Budget, skip: Readonly<Record<string, unknown>>): readonly Arm[] => [
  ...arms(size, { name: SKIP, role: "test", net: () => branchNet(true, 2, skip) }),
  ...arms(size, { name: PLAIN, role: "control", net: () => branchNet(false, 2) }),
];

/** "Skip connections solve exploding gradients": one network that a skip makes explode refutes it. */
export const skipStopsExplosion: Claim = {
  id: "skip-stops-explosion",
  sentence: "Skip connections solve exploding gradients.",
  from: "the question, which takes it for granted, and several replies: a statement about all networks",
  experiment: "ReLU networks with He weights of several depths, with a skip around every layer and without, the same weights in both.",
  rule:
    "REFUTED: with the skip the squared gradient grows by more than 5 % a block and beyond 100 on the norm at the greatest depth, and the same layers without it stay " +
    "below. SUPPORTED: without it they explode so, and with it they grow by less than 5 % a block.",
  assumptions: [
    "at initialisation",
    "fully connected, no norm",
    "one counterexample refutes a statement about all networks",
    "raw gradients: the skip lets activations grow alike, and the coefficient free of units does not grow",
  ],
  source: "own experiment; Hanin 2018 and Zhang, Dauphin & Ma 2019 for the growth of a bare skip",
  trials: (size) => both(size, {}),
  judge(results, context) {
    const { depths, width } = results.size;
    const phi = activation("relu");
    const skip = depths.map((depth) => {
      const law = total(context.laws.residual({ branch: singleBranch(phi), depth, width }), depth);
      return growthRow(results, context, { arm: SKIP, role: "test", depth, law });
    });
    const plain = depths.map((depth) => {
      const law = total(context.laws.plain({ phi, sigmaW2: 2, depth, width }), depth);
      return growthRow(results, context, { arm: PLAIN, role: "control", depth, law });
    });
    const [skipRate, plainRate] = [rate(results, context, SKIP, "test"), rate(results, context, PLAIN, "control")];
    const more = contrast(results, context, { arm: SKIP, control: PLAIN, depth: deepest(depths) });
    const free = { ...rate(results, context, SKIP, "test", scaleFreeOf), what: "ln of the squared gradient scale coefficient, per block" };
    const evidence = [...skip, ...plain, skipRate, plainRate, more, free];
    const explodes = (r: typeof skipRate, f: typeof more): boolean => above(r, RATE) && above(f, HUNDRED);
    const said = `over ${deepest(depths)} blocks the squared gradient grows ${factor(deepest(skip).measured.value)} with the skip and ${factor(deepest(plain).measured.value)} without it`;
    if (explodes(skipRate, deepest(skip)) && below(deepest(plain), HUNDRED) && above(more, 0))
      return {
        verdict: "REFUTED",
        evidence,
        sentence: `A bare skip makes the gradient explode: ${said}. Activations grow alike: free of units it changes by ${free.measured.value.toFixed(3).replace("-", "−")} a block.`,
      };
    if (explodes(plainRate, deepest(plain)) && below(skipRate, RATE))
      return { verdict: "SUPPORTED", evidence, sentence: `The skip stops an explosion: ${said}.` };
    return { verdict: "UNDECIDED", evidence, sentence: `Nothing that a skip could be blamed or praised for: ${said}.` };
  },
  sabotage: (size) => both(size, { branchScale: 0 }),
};
