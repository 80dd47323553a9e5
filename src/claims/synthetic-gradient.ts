import { activation } from "../theory/activation.js";
import { singleBranch } from "../theory/laws/residual.js";
import { isKnown } from "../theory/prediction.js";
import { dependencyLengths } from "../trial/measurements/dependency-paths.js";
import type { DependencyResult } from "../trial/measurements/dependency-paths.js";
import { skipCosine } from "../trial/measurements/skip-cosine.js";
import type { TrialRequest } from "../trial/spec.js";
import type { Arm, Claim, EvidenceRow, Results, RuleContext, Budget } from "./claim.js";
import { EXAMPLES, arms, branchNet } from "./shared/old-arms.js";
import { above, below, deepest, evidenceRow, lawsHeld } from "./shared/old-rows.js";

const SCALED = "x + W·ReLU(x)/√L";
const BARE = "x + W·ReLU(x)";

/** Whose gradient graph is walked: graphs depend on no number, and one seed tells as much as forty. */
const WALKED = [
  { name: "paths with skips", role: "test", skip: true, decoupled: false },
  { name: "paths without", role: "control", skip: false, decoupled: false },
  { name: "paths with synthetic gradients", role: "control", skip: false, decoupled: true },
] as const;
type Walked = (typeof WALKED)[number];

const walkedArms = ({ depths }: Budget): readonly Arm[] =>
  WALKED.flatMap(({ name, role, skip, decoupled }) =>
    depths.map((depth) => ({
      name,
      role,
      depth,
      trials: [0, 1].map((seed): TrialRequest => ({
        net: { ...branchNet(skip, 2), depth, width: 8, classes: null },
        batch: { examples: 2 },
        measure: { name: "dependency-paths", decoupled },
        seed,
      })),
    })),
  );

/** A seed takes milliseconds: the deepest arm has as many as the others, and never fewer than this. */
const SEEDS = 40;
const WIDTH = 128;

const sweep = (size: Budget, scale: number | string): readonly Arm[] => {
  const own = { ...size, width: WIDTH, seeds: Math.max(SEEDS, size.seeds) };
  const cut = (list: readonly Arm[]): readonly Arm[] => list.map((a) => ({ ...a, trials: a.trials.slice(0, own.seeds) }));
  return [
    ...cut(arms(own, { name: SCALED, role: "test", net: () => branchNet(true, 2, { branchScale: scale }), measure: "skip-cosine" })),
    ...cut(arms(own, { name: BARE, role: "control", net: () => branchNet(true, 2), measure: "skip-cosine" })),
    ...walkedArms(size),
  ];
};

const COSINE = "cosine of the gradient that shortcuts alone carry to the input with the true one";
const ERROR = "relative error of that gradient";
const SHORTEST = "products with weights on the shortest dependency path from the loss to the gradient of the first block";
const LONGEST = "products with weights on the longest such path: what has to be waited for";
const OPS = "ops on the longest such path";
const WAIT = "products with weights on the longest path from the input to that gradient, forward and backward";
const LOCKED = "whether that gradient depends on the loss at all (1: it does)";

/** δ on a cosine. */
const MARGIN = 0.02;
/** Above it a substitute points the same way for the most part; below the other it says nothing. */
const NEAR = 0.5;
const FAR = 0.1;

interface Carried {
  readonly cosines: readonly EvidenceRow[];
  readonly errors: readonly EvidenceRow[];
}

function carried(results: Results, context: RuleContext, name: string, role: EvidenceRow["role"], scale: (depth: number) => number): Carried {
  const { depths } = results.budget;
  const of = (depth: number, what: string, read: "cosine" | "relativeError", law: number | undefined): EvidenceRow =>
    evidenceRow(
      results.of(skipCosine, name, depth).map((r) => r[read][0] ?? NaN),
      context,
      {
        arm: name,
        role,
        depth,
        what,
        law: law === undefined ? undefined : { value: law, margin: MARGIN * Math.max(1, law), source: "own derivation: (1 + α²·χ)^(−L/2)" },
      },
    );
  const lawAt = (depth: number): number | undefined => {
    const residual = context.laws.residual({ branch: singleBranch(activation("relu")), branchScale: scale(depth), depth, width: WIDTH });
    return isKnown(residual) ? context.laws.skipCosine(residual) : undefined;
  };
  return {
    cosines: depths.map((depth) => of(depth, COSINE, "cosine", lawAt(depth))),
    errors: depths.map((depth) => of(depth, ERROR, "relativeError", undefined)),
  };
}

/** Figures of one walked graph over the depths; where there is no path from the loss its lengths are left out. */
function walked(results: Results, context: RuleContext, { name, role }: Walked): readonly EvidenceRow[] {
  return results.budget.depths.flatMap((depth) => {
    const measured = results.of(dependencyLengths, name, depth);
    const of = (what: string, read: (r: DependencyResult) => number | undefined): readonly EvidenceRow[] => {
      const values = measured.map(read);
      return values.includes(undefined) ? [] : [evidenceRow(values as number[], context, { arm: name, role, depth, what })];
    };
    return [
      ...of(LOCKED, (r) => (r.fromTarget === null ? 0 : 1)),
      ...of(SHORTEST, (r) => r.fromTarget?.products.shortest),
      ...of(LONGEST, (r) => r.fromTarget?.products.longest),
      ...of(OPS, (r) => r.fromTarget?.ops.longest),
      ...of(WAIT, (r) => r.fromInput?.products.longest),
    ];
  });
}

/** "Skips act like synthetic gradients: instead of waiting layer by layer": what shortcuts carry, and what the first block still has to wait for. */
export const syntheticGradient: Claim = {
  id: "synthetic-gradient",
  sentence: "Skips act like synthetic gradients: instead of waiting layer by layer, a layer gets its gradient at once.",
  from: "a reply of the thread",
  experiment:
    `Cosine and relative error, to the true gradient at the input, of the gradient that the shortcuts alone carry there (${EXAMPLES} examples each), with branches scaled by 1/√L and bare; and ` +
    "the shortest and the longest dependency path from the loss to the gradient of the first block's weights, counted on the gradient graph, with skips, without, and decoupled by synthetic gradients.",
  rule:
    `CONDITIONAL: with scaled branches the cosine stays above ${NEAR} at every depth, with bare ones it falls below ${FAR}, both as (1 + α²)^(−L/2); the skips shorten the shortest path, and the longest ` +
    "grows with depth as it does without them. SUPPORTED: the cosine stays above it with both, and the longest path does not grow, as with synthetic gradients. REFUTED: the cosine " +
    "falls below it with both.",
  assumptions: [
    "at initialisation",
    "ReLU, He weights, no norm",
    "a gradient that is like a synthetic one points like the true one, and needs no waiting",
    "the longest path follows from how a network is built, so the second half can only be counted, not fail",
  ],
  source: "Jaderberg et al. 2017 (decoupled neural interfaces); own experiment, the law by own derivation",
  missing: "cosine and error of a trained synthetic gradient; training with true, skip-carried and synthetic gradients",
  picture: COSINE,
  trials: (size) => sweep(size, "1/sqrt(L)"),
  judge(results, context) {
    const { depths } = results.budget;
    const scaled = carried(results, context, SCALED, "test", (l) => 1 / Math.sqrt(l));
    const bare = carried(results, context, BARE, "control", () => 1);
    const paths = WALKED.map((w) => walked(results, context, w));
    const evidence = [...scaled.cosines, ...bare.cosines, ...scaled.errors, ...bare.errors, ...paths.flat()];
    const at = (i: number, what: string): readonly number[] => paths[i]!.filter((f) => f.what === what).map((f) => f.measured.value);
    const grows = (values: readonly number[]): boolean => values.every((v, k) => k === 0 || v > values[k - 1]!);
    const waits = { skips: at(0, LONGEST), plain: at(1, LONGEST) };
    const shorter = at(0, SHORTEST).every((v, k) => v < at(1, SHORTEST)[k]!);
    const free = at(2, LOCKED).every((v) => v === 0) && !grows(at(2, WAIT));
    const same = waits.skips.length > 0 && waits.skips.every((v, k) => v === waits.plain[k]);
    const near = [scaled, bare].map((c) => c.cosines.every((f) => above(f, NEAR)));
    const [s, b] = [scaled, bare].map((c) => deepest(c.cosines).measured.value) as [number, number];
    const said =
      `over ${deepest(depths)} blocks what the shortcuts carry has the cosine ${s.toFixed(2)} with the true gradient where branches are scaled by 1/√L, and ${b.toFixed(3)} where they are not. ` +
      `The shortest path from the loss to the first block's gradient crosses ${deepest(at(0, SHORTEST))} product with weights instead of ${deepest(at(1, SHORTEST))}, but the longest, ` +
      `which has to be waited for, crosses ${deepest(waits.skips)} with skips and ${deepest(waits.plain)} without; with synthetic gradients there is no path from the loss`;
    if (near.every(Boolean) && !grows(waits.skips)) return { verdict: "SUPPORTED", evidence, sentence: `They do: ${said}.` };
    if ([scaled, bare].every((c) => c.cosines.some((f) => below(f, NEAR))))
      return { verdict: "REFUTED", evidence, sentence: `They do not: ${said}.` };
    const parted = near[0]! && below(deepest(bare.cosines), FAR) && lawsHeld([...scaled.cosines, ...bare.cosines]) === "equal";
    if (parted && shorter && same && grows(waits.skips) && free)
      return { verdict: "CONDITIONAL", evidence, sentence: `In direction only, and with small branches only: ${said}.` };
    return { verdict: "UNDECIDED", evidence, sentence: `The measurements part otherwise than either has it: ${said}.` };
  },
  sabotage: (size) => sweep(size, 1),
};
