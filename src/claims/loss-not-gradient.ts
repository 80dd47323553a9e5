import { lossSplit } from "../trial/measurements/loss-split.js";
import type { LossLevel } from "../trial/measurements/loss-split.js";
import { mean } from "../math/statistics.js";
import type { Arm, Claim, EvidenceRow, Results, RuleContext, Budget } from "./claim.js";
import { arms, branchNet } from "./shared/old-arms.js";
import { GROWTH, HUNDRED, RATE, above, below, deepest, factor, evidenceRow, lawsHeld } from "./shared/old-rows.js";

const CLASSES = 10;

const NETS = [
  { name: "W·ReLU(x)", role: "control", skip: false },
  { name: "x + W·ReLU(x)", role: "test", skip: true },
] as const;

/** How a loss is made small and large while the network stays as it is; levels from the largest loss to the smallest. */
const LOSSES = [
  { name: "cross-entropy by margin", measure: { loss: "cross-entropy", by: "margin", levels: [-8, -4, 0, 4, 8] } },
  { name: "cross-entropy by temperature", measure: { loss: "cross-entropy", by: "temperature", levels: [0.1, 0.3, 1, 3, 10] } },
  { name: "mean squares by distance", measure: { loss: "mse", by: "distance", levels: [100, 10, 1, 0.1, 0.01] } },
] as const;

const CELLS = NETS.flatMap((net) => LOSSES.map((loss) => ({ net, loss, arm: `${net.name}, ${loss.name}` })));
type Cell = (typeof CELLS)[number];

/** What is compared differs by powers of ten: few seeds of a narrow network tell. */
const own = (size: Budget): Budget => ({ ...size, seeds: 24, width: Math.min(size.width, size.name === "full" ? 128 : 64) });

const sweep = (size: Budget, skips: boolean): readonly Arm[] =>
  CELLS.flatMap(({ net, loss, arm }) =>
    arms(own(size), {
      name: arm,
      role: net.role,
      net: () => branchNet(net.skip && skips, 2),
      measure: { name: "loss-split", ...loss.measure },
      examples: 8,
    }).map((a) => ({ ...a, trials: a.trials.map((t) => ({ ...t, net: { ...t.net, classes: CLASSES } })) })),
  );

const LOGITS = "ln of the squared gradient at the logits";
const CHANGE = "ln of that growth at the largest loss less at the smallest";
const DROP = "ln of the squared gradient at the logits, largest loss less smallest";

/** One number of one level, for every seed. */
const levelOf = (results: Results, { arm }: Cell, depth: number, i: number, of: (l: LossLevel) => number): readonly number[] =>
  results.of(lossSplit, arm, depth).map((r) => of(r.levels[i]!));

const growth = (l: LossLevel): number => l.lnGrowth ?? NaN;
const last = LOSSES[0].measure.levels.length - 1;

/** The largest loss's less the smallest's, seed by seed. */
const difference = (results: Results, cell: Cell, depth: number, of: (l: LossLevel) => number): readonly number[] =>
  levelOf(results, cell, depth, 0, of).map((v, s) => v - levelOf(results, cell, depth, last, of)[s]!);

/** Figures at every level, placed by the mean loss. */
function levels(results: Results, context: RuleContext, cell: Cell, what: string, of: (l: LossLevel) => number): readonly EvidenceRow[] {
  const depth = deepest(results.budget.depths);
  return cell.loss.measure.levels.map((_, i) => {
    const value = Math.log(mean(levelOf(results, cell, depth, i, (l) => l.loss)));
    const x = { axis: "ln of the mean loss", value };
    return evidenceRow(levelOf(results, cell, depth, i, of), context, { what, arm: cell.arm, role: cell.net.role, depth, x });
  });
}

/** "Smaller loss, smaller gradients, no explosion": two steps, of which the first holds. */
export const lossNotGradient: Claim = {
  id: "loss-not-gradient",
  sentence: "A smaller loss means smaller gradients, so there is no explosion.",
  from: "a reply of the thread",
  experiment:
    "The loss of one and the same network made large and small: cross-entropy by what is added to the right logit and by a temperature, mean squares by the distance of " +
    `the target; the gradient at the input split into that at the ${CLASSES} logits and the Jacobian's factor. Plain and bare residual ReLU networks; 24 seeds at the greatest depth, width 64 (full: 128).`,
  rule:
    "At the greatest depth. CONDITIONAL: from the largest loss to the smallest the gradient at the logits falls with every loss and network (cross-entropy: between √(K/(K−1)) and √2 times 1 − e^−loss in " +
    "every example), while growth from the end of the trunk to the input changes by less than 5 % a block and stays beyond 100 on the norm in the residual network at every loss, " +
    "below it in the plain one (no law is held against it: networks and levels are each other's controls). SUPPORTED: it falls, and the growth of the residual network falls from beyond 100 on the norm to below. REFUTED: the gradient at the logits does not fall.",
  assumptions: [
    "at initialisation, labels and targets drawn",
    "logits divided by their root mean square, so that both networks have the same losses",
    "a margin and a distance leave the direction of the gradient at the logits as it is, so that no growth can change at all; a temperature turns it",
  ],
  source: "own experiment; the bounds follow from softmax minus one-hot",
  missing: "the same at losses that training reaches",
  picture: GROWTH,
  trials: (size) => sweep(size, true),
  judge(results, context) {
    const { depths } = results.budget;
    const end = deepest(depths);
    const growths = CELLS.map((c) => levels(results, context, c, GROWTH, growth));
    const logits = CELLS.map((c) => levels(results, context, c, LOGITS, (l) => l.lnLogits));
    const changes = CELLS.flatMap((c) =>
      depths.map((depth) => {
        const law = { value: 0, margin: RATE * depth, source: "no change, give or take 5 % a block" };
        return evidenceRow(difference(results, c, depth, growth), context, { what: CHANGE, arm: c.arm, role: "contrast", depth, law });
      }),
    );
    const drops = CELLS.map((c) => evidenceRow(difference(results, c, end, (l) => l.lnLogits), context, { what: DROP, arm: c.arm, role: "contrast", depth: end })); // prettier-ignore
    const bounds = CELLS.filter((c) => c.loss.measure.loss === "cross-entropy").map((c) => boundsOf(results, context, c));
    const evidence = [...growths.flat(), ...logits.flat(), ...changes, ...drops, ...bounds.flatMap((b) => b.figures)];
    const tests = growths.filter((_, i) => CELLS[i]!.net.role === "test").flat();
    const controls = growths.filter((_, i) => CELLS[i]!.net.role === "control").flat();
    const at = (f: EvidenceRow | undefined): string => factor(f?.measured.value ?? NaN);
    const said = CELLS.flatMap((c, i) =>
      c.net.role === "control"
        ? []
        : [
            `${c.loss.name} ${at(logits[i]![0])} to ${at(deepest(logits[i]!))} at the logits, growth ${at(growths[i]![0])} to ${at(deepest(growths[i]!))}`,
          ],
    ).join("; ");
    const smaller = drops.every((f) => above(f, 0)) && bounds.every((b) => b.kept);
    if (drops.every((f) => below(f, 0)))
      return { verdict: "REFUTED", evidence, sentence: `A smaller loss does not have smaller gradients: ${said}.` };
    const falls = CELLS.every((c, i) => c.net.role === "control" || (above(growths[i]![0]!, HUNDRED) && below(deepest(growths[i]!), HUNDRED)));
    if (smaller && falls) return { verdict: "SUPPORTED", evidence, sentence: `The growth goes with the loss, over ${end} blocks: ${said}.` };
    const stays =
      lawsHeld(changes.filter((f) => f.depth === end)) === "equal" &&
      tests.every((f) => above(f, HUNDRED)) &&
      controls.every((f) => below(f, HUNDRED));
    if (smaller && stays) {
      const warm = changes.find((f) => f.depth === end && f.arm === `${NETS[1].name}, ${LOSSES[1].name}`);
      const sentence =
        `Half of it: a smaller loss has a smaller gradient at the logits (bounded for cross-entropy, without bound for mean squares), but growth over ${end} blocks goes ` +
        `on at every loss: a margin and a distance cannot change it, a temperature changes it ${at(warm)} in all. In the residual network, squared, from the largest loss to the smallest: ${said}.`;
      return { verdict: "CONDITIONAL", evidence, sentence };
    }
    return { verdict: "UNDECIDED", evidence, sentence: `The arms do not part clearly: ${said}.` };
  },
  sabotage: (size) => sweep(size, false),
};

/** Least and greatest of ‖∂loss/∂z‖/(1 − e^−loss) over the examples of all levels, and whether none leaves its bounds. */
function boundsOf(results: Results, context: RuleContext, cell: Cell): { readonly figures: readonly EvidenceRow[]; readonly kept: boolean } {
  const depth = deepest(results.budget.depths);
  const every = results.of(lossSplit, cell.arm, depth).map((r) => r.levels);
  const lowest = every.map((ls) => Math.min(...ls.flatMap((l) => l.lowest ?? [])));
  const highest = every.map((ls) => Math.max(...ls.flatMap((l) => l.highest ?? [])));
  const [low, high] = [Math.sqrt(CLASSES / (CLASSES - 1)), Math.SQRT2];
  const about = { arm: cell.arm, role: cell.net.role, depth } as const;
  return {
    figures: [
      evidenceRow(lowest, context, { what: `least gradient at the logits over 1 − e^−loss (bound ${low.toFixed(4)})`, ...about }),
      evidenceRow(highest, context, { what: `greatest gradient at the logits over 1 − e^−loss (bound ${high.toFixed(4)})`, ...about }),
    ],
    kept: lowest.every((v) => v >= low - 1e-6) && highest.every((v) => v <= high + 1e-6),
  };
}
