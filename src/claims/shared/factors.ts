/** The kinds of networks that arms are made of; without a name: residual or plain blocks W·φ(x). */
export type NetworkKind =
  | "chain"
  | "layers"
  | "mlp"
  | "plain conv"
  | "residual conv"
  | "vgg"
  | "highway"
  | "dense"
  | "recurrent"
  | "transformer"
  | "join"
  | "joined layer"
  | "one block"
  | "gradient graph"
  | "drawn networks"
  | "scalars"
  | "orthogonal"
  | "gaussian"
  | "he";

export type ActivationFactor = "relu" | "tanh" | "sigmoid" | "identity";

/**
 * What distinguishes an arm from the other arms of its claim. A factor that is not given has the usual value: blocks W·φ(x), no skip, no norm, ReLU, He
 * weights, a branch that is not scaled. Labels, axes and legends are made from these, and arms are found by them.
 */
export interface Factors {
  readonly network?: NetworkKind;
  /** Whether there is a skip around every block. */
  readonly skip?: boolean;
  readonly activation?: ActivationFactor;
  readonly norm?: "batch" | "layer" | "none";
  /** Whether the norm stands before the branch (default) or behind the sum. */
  readonly placement?: "pre" | "post";
  /** In which order a layer has norm and activation, or weights and activation; blocks have the activation before the weights. */
  readonly order?: "norm-act" | "act-norm" | "weight-act";
  /** α, the factor on the branch. */
  readonly branchScale?: number | "1/sqrt(L)" | "1/L";
  /** χ, the squared gain of a plain layer of the same weights. */
  readonly chi?: number;
  /** b, the bias of the gates. */
  readonly gateBias?: number;
  /** Whether the weights of the gates are drawn; else gates are their bias. */
  readonly gatesDrawn?: boolean;
  /** σ_w², the variance of the weights times the fan-in. */
  readonly weightVariance?: number;
  /** g, the squared gain of a branch. */
  readonly gain?: number;
  /** s, the deviation of every weight; `he`: √(2/n). */
  readonly weightDeviation?: number | "he";
  /** n, where it varies. */
  readonly width?: number;
  /** How values are joined. */
  readonly join?: "add" | "mean" | "concat";
  /** How many values are joined beside x. */
  readonly skips?: number;
  /** Whether deviations follow the fan-in, or are the same for all layers. */
  readonly init?: "fan-in" | "fixed";
  readonly dtype?: "float32";
  /** Whether rectifiers have the masks that inputs give them. */
  readonly masks?: "own" | "independent";
  /** Whether blocks are decoupled by synthetic gradients. */
  readonly decoupled?: boolean;
  /** How the loss is made small and large. */
  readonly loss?: "margin" | "temperature" | "distance";
  /** What stands in place of the small layer of a chain. */
  readonly firstGain?: number;
  /** By what half of the layers are multiplied, and the others divided. */
  readonly rebalance?: number;
  /** Whether the network has no layer of classes behind its last block. */
  readonly classes?: "none";
  /** What is measured on it, where a claim measures several things on one network. */
  readonly measured?: "profile" | "loss";
  /** How the step is clipped. */
  readonly clip?: "none" | "global" | "value" | "layer" | "adaptive";
}

/** What a factor is where an arm does not give it. */
const USUAL: Factors = { skip: false, activation: "relu", norm: "none", placement: "pre", branchScale: 1, weightVariance: 2, gatesDrawn: false };

/** Tells whether two arms have the same factors, usual values counted in. */
export function sameFactors(a: Factors, b: Factors): boolean {
  const x: Readonly<Record<string, unknown>> = { ...USUAL, ...a };
  const y: Readonly<Record<string, unknown>> = { ...USUAL, ...b };
  return [...new Set([...Object.keys(x), ...Object.keys(y)])].every((key) => x[key] === y[key]);
}

/** n·s², by half of which a ReLU layer multiplies squares. */
export const weightSpread = ({ weightDeviation: s, width: n }: Factors): number => (s === "he" ? 2 : (n ?? NaN) * (s ?? NaN) * (s ?? NaN));

/** The titles of axes along which an arm has a place by its factors. */
export const AXES = { spread: "n·s²", skips: "skipped connections that the layer takes beside x" } as const;
