import type { NetSpec } from "../nn/spec.js";
import { activation } from "../theory/activation.js";
import type { Laws } from "../theory/laws.js";
import { isKnown } from "../theory/prediction.js";
import { profile } from "../trial/measurements/profile.js";
import type { ProfileResult } from "../trial/measurements/profile.js";
import { slopeOf } from "../math/estimate.js";
import { mean } from "../math/statistics.js";
import type { Arm, Claim, EvidenceRow, Results, RuleContext, Budget } from "./claim.js";
import { arms } from "./shared/arms.js";
import { against, deepest, factor, growthRow, evidenceRow, lawsHeld, total } from "./shared/evidence-rows.js";

type Placement = "pre" | "post";
const PLACEMENTS: readonly Placement[] = ["pre", "post"];
const roleOf = (p: Placement): Arm["role"] => (p === "pre" ? "test" : "control");

/** A kind of network whose last layer is looked at over depth. */
interface Kind {
  readonly name: (p: Placement) => string;
  readonly net: (p: Placement) => NetSpec;
  readonly examples: number;
  /** The name of the last block's last matrix. */
  readonly last: (depth: number) => string;
  readonly at: Readonly<Record<Budget["name"], { readonly depths: readonly number[]; readonly seeds: number }>>;
}

/** One matrix a block: what the law is about. Behind the last block stands a norm, as Transformers have it. */
const CHAIN: Kind = {
  name: (p) => (p === "pre" ? "x + W·ReLU(LN x)" : "LN(x + W·ReLU(x))"),
  net: (p) => ({
    arch: "residual-mlp",
    ...(p === "pre" ? { branch: "norm-act-weight" } : { branch: "act-weight", after: "norm" }),
    norm: "layer",
    width: 128,
    classes: 128,
    bias: false,
  }),
  examples: 16,
  last: (depth) => `block${depth}/branch/linear/weight`,
  at: { quick: { depths: [6, 24, 96], seeds: 40 }, full: { depths: [6, 12, 24, 48, 96, 192, 384, 768], seeds: 40 } },
};

const TRANSFORMER: Kind = {
  name: (p) => `${p}-LN Transformer`,
  net: (p) => ({ arch: "transformer", placement: p, width: 32, length: 8, activation: "relu", classes: 32, bias: false }),
  examples: 4,
  last: (depth) => `layer${depth}/feedforward/linear2/weight`,
  at: { quick: { depths: [6, 12, 24], seeds: 20 }, full: { depths: [6, 12, 24, 48, 96], seeds: 20 } },
};

const chainOf = (p: Placement): string => `${CHAIN.name(p)}, no classes`;

/** `placed` says where the norms of an arm really stand. */
const sweep = (size: Budget, placed: (p: Placement) => Placement): readonly Arm[] => [
  ...[CHAIN, TRANSFORMER].flatMap((kind) =>
    PLACEMENTS.flatMap((p) =>
      kind.at[size.name].depths.map((depth) => ({
        name: kind.name(p),
        role: roleOf(p),
        depth,
        trials: Array.from({ length: kind.at[size.name].seeds }, (_, seed) => ({
          net: { ...kind.net(placed(p)), depth },
          batch: { examples: kind.examples },
          measure: { name: "profile", parameters: true },
          seed,
        })),
      })),
    ),
  ),
  ...PLACEMENTS.flatMap((p) => arms(size, { name: chainOf(p), role: roleOf(p), net: () => CHAIN.net(placed(p)), dtype: "float32" })),
];

const NORM = "ln of the norm of the gradient of the last block's last matrix";
const SLOPE = "change of that logarithm for one of the law's, ½·ln(1 + kL)";
const OVER_LN = "change of that logarithm for one of ln L";
/** Of a slope: a tenth, the least margin on a total. */
const MARGIN = 0.1;
/** Powers of the depth: of a gradient that falls at all, and how far from 0 that of one may lie that stays. */
const FALLS = -0.25;
const STAYS = 0.2;
/** How far the slopes of two placements may lie apart and still be alike: where the law parts them they lie 1 apart. */
const ALIKE = 0.2;

/** ln ‖∂W‖ of the last block, rows by seed, columns by depth. A block that has another name in the measured network is an error of the rule. */
function lastLayers(results: Results, kind: Kind, p: Placement): readonly (readonly number[])[] {
  const { depths } = kind.at[results.size.name];
  const columns = depths.map((depth) => results.of(profile, kind.name(p), depth).map((r: ProfileResult) => r.parameters?.[kind.last(depth)] ?? NaN));
  return columns[0]!.map((_, s) => columns.map((c) => c[s]!));
}

function slope(
  rows: readonly (readonly number[])[],
  xs: readonly number[],
  context: RuleContext,
  f: Pick<EvidenceRow, "what" | "arm" | "role">,
): EvidenceRow {
  return { ...f, depth: null, measured: slopeOf(xs, rows, { panel: context.panel }), law: null };
}

/** How much more the slope is with norms before the branch than behind the sum, seed by seed: 0, were the placements alike. */
function apart(results: Results, kind: Kind, xs: readonly number[], context: RuleContext, what: string): EvidenceRow {
  const [pre, post] = [lastLayers(results, kind, "pre"), lastLayers(results, kind, "post")];
  const rows = pre.map((row, s) => row.map((v, i) => v - post[s]![i]!));
  return slope(rows, xs, context, { what: `${what}: norms before more than behind`, arm: kind.name("pre"), role: "contrast" });
}

/** ½·ln(1 + kL), the law's logarithm for pre-LN, by depth; undefined where it is silent. */
function lawAt(laws: Laws, placement: Placement, depths: readonly number[]): readonly number[] | undefined {
  const all = depths.map((depth) => laws.lastLayerNorm({ phi: activation("relu"), placement, depth }));
  return all.every(isKnown) ? all.map((l) => l.lnNorm) : undefined;
}

/** Where a Transformer normalises: gradient of the last layer over depth, c/√(1 + kL) against constant. */
export const prePostLn: Claim = {
  id: "pre-post-ln",
  sentence: "Where a Transformer normalises decides how its gradients behave with depth.",
  from: "Xiong et al. 2020",
  experiment:
    "Norm of the gradient of the last block's last matrix over the depth, with LayerNorm before the branch and behind the sum: chains of one matrix a block, L = 6 to 96 (full: 768), and " +
    "Transformers with attention, L = 6 to 24 (full: 96); and the gradient's growth from output to input.",
  rule:
    "SUPPORTED: in the chain the norm of the last gradient follows c/√(1 + kL) with norms before the branch and is constant with norms behind the sum (slope over the law's logarithm 1 and 0, " +
    "give or take .1), in Transformers it falls faster than L^(−1/4) with norms before and stays within L^(±.2) with norms behind; no growth leaves its law. REFUTED: the slopes of both " +
    "placements agree, seed by seed, within .2, in the chain and in Transformers.",
  assumptions: [
    "at initialisation",
    "ReLU, He weights",
    "a norm before the classes: it is what divides the last gradient by the length of the trunk, which norms behind the sum keep from growing",
    "cotangents drawn from N(0, 1) on the classes of every position",
    "the .2 within which slopes are alike was chosen after first runs, as their spread has it",
  ],
  source: "Xiong et al. 2020, theorem 1",
  picture: NORM,
  trials: (size) => sweep(size, (p) => p),
  judge(results, context) {
    const { size } = results;
    const chainDepths = CHAIN.at[size.name].depths;
    const laws = { pre: lawAt(context.laws, "pre", chainDepths), post: lawAt(context.laws, "post", chainDepths) };
    const xs = laws.pre ?? chainDepths.map(Math.log);
    const points = [CHAIN, TRANSFORMER].flatMap((kind) =>
      PLACEMENTS.flatMap((p) => {
        const rows = lastLayers(results, kind, p);
        const law = kind === CHAIN ? laws[p] : undefined;
        // The law's constant is not known: the mean over the depths is taken from the measurement, and what is held is how it changes.
        const level = law && mean(rows.map((r) => mean(r.map((v, i) => v - law[i]!))));
        return kind.at[size.name].depths.map((depth, i) =>
          evidenceRow(
            rows.map((r) => r[i]!),
            context,
            {
              what: NORM,
              arm: kind.name(p),
              role: roleOf(p),
              depth,
              law: law && { value: level! + law[i]!, margin: MARGIN, source: "Xiong et al. 2020, theorem 1; its constant from the measurement" },
            },
          ),
        );
      }),
    );
    const chain = PLACEMENTS.map((p) => {
      const f = slope(lastLayers(results, CHAIN, p), xs, context, { what: SLOPE, arm: CHAIN.name(p), role: roleOf(p) });
      return { ...f, law: against(f.measured, laws.pre && { value: p === "pre" ? 1 : 0, margin: MARGIN, source: "Xiong et al. 2020, theorem 1" }) };
    });
    const lnDepths = TRANSFORMER.at[size.name].depths.map(Math.log);
    const attention = PLACEMENTS.map((p) =>
      slope(lastLayers(results, TRANSFORMER, p), lnDepths, context, {
        what: OVER_LN,
        arm: TRANSFORMER.name(p),
        role: roleOf(p),
      }),
    );
    const grown = PLACEMENTS.map((p) =>
      size.depths.map((depth) => {
        const law = total(context.laws.placed({ phi: activation("relu"), placement: p, depth, width: size.width }), depth);
        return growthRow(results, context, { arm: chainOf(p), role: roleOf(p), depth, law });
      }),
    );
    const differences = [apart(results, CHAIN, xs, context, SLOPE), apart(results, TRANSFORMER, lnDepths, context, OVER_LN)];
    const evidence = [...points, ...chain, ...attention, ...differences, ...grown.flat()];
    const [pre, post] = chain as [EvidenceRow, EvidenceRow];
    const [falls, stays] = attention as [EvidenceRow, EvidenceRow];
    const said =
      `from ${chainDepths[0]} to ${deepest(chainDepths)} blocks the gradient of the last matrix follows 1/√(1 + kL) to the power ${pre.measured.value.toFixed(2)} with norms before the branch, ` +
      `${post.measured.value.toFixed(2)} with norms behind the sum; in Transformers it goes as L^${falls.measured.value.toFixed(2)} and L^${stays.measured.value.toFixed(2)}; ` +
      `the squared gradient grows ${factor(deepest(grown[0]!).measured.value)} and ${factor(deepest(grown[1]!).measured.value)} from output to input over ${deepest(size.depths)} blocks`;
    const within = (f: EvidenceRow, m: number): boolean => f.measured.low > -m && f.measured.high < m;
    const growthFollows = grown.flat().every((f) => f.law?.held !== "different");
    if (lawsHeld(chain) === "equal" && falls.measured.high < FALLS && within(stays, STAYS) && growthFollows)
      return { verdict: "SUPPORTED", evidence, sentence: `It does: ${said}.` };
    if (differences.every((f) => within(f, ALIKE))) return { verdict: "REFUTED", evidence, sentence: `Both placements behave alike: ${said}.` };
    return { verdict: "UNDECIDED", evidence, sentence: `The placements do not part as the law has it, or too few seeds tell: ${said}.` };
  },
  sabotage: (size) => sweep(size, () => "post"),
};
