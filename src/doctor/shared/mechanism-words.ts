import { number, rate } from "../../util/format.js";
import type { Style } from "../../util/format.js";
import type { Words } from "../rule.js";
import type { MechanismFacts } from "./mechanism.js";

/** Which way a profile is ill. */
export type Direction = "exploding" | "vanishing";

/** Returns the law that most blocks of a stretch obey, and the usual remedy with its price. */
export function mechanismWords(
  { family, lnPerBlock, relu, sigmoid = false }: MechanismFacts,
  direction: Direction,
  style: Style,
): Pick<Words, "why" | "remedy"> {
  const explodes = direction === "exploding";
  const gain = lnPerBlock === null ? NaN : Math.exp(lnPerBlock);
  const measured = Number.isFinite(gain) ? ` (measured: ×${rate(gain, style)} on the square)` : "";
  switch (family) {
    case "recurrent":
      return {
        why: `Backpropagation through time passes the same recurrent weights at every step${measured}: whatever gain g one step has, T steps have g^T.`,
        remedy: explodes
          ? "Make the recurrent weights orthogonal or scale them down, use gated cells, or truncate the sequence, which forgets what lies further back. Clipping bounds the step, not this profile."
          : "Use gated cells (with a forget-gate bias of 1 or more), an orthogonal recurrent matrix, or shortcuts over time. Gated cells cost three to four times the weights.",
      };
    case "gated-recurrent":
      return {
        why: `The state passes the cell's gates at every step${measured}: what a forget (or update) gate lets through is raised to the number of steps.`,
        remedy: explodes
          ? "Scale the recurrent weights down or make them orthogonal, or truncate the sequence, which forgets what lies further back. Clipping bounds the step, not this profile."
          : "Raise the forget gate's bias (1 or more; the cell then also keeps what it should forget), let the loss read earlier steps too, or use attention or shortcuts over time.",
      };
    case "gated":
      return {
        why: `A gated block carries (1 - T) of its input and T of a branch: the square is multiplied by (1 - T)² + T²·χ each block${measured}, so it ${explodes ? "grows only when χ exceeds (2 - T)/T" : "decays while the carry is below 1"}.`,
        remedy: explodes
          ? "Lower the branch's weight scale, or the transform gate's bias. With a lower gate the blocks do less at first."
          : "Start the transform gates nearer to closed (bias -2 to -4). The blocks then do less at first.",
      };
    case "unnormalised-residual":
      return {
        why: explodes
          ? `x + F(x) multiplies the squared gradient by 1 + g${measured}, g being the branch's own gain, so L blocks give (1 + g)^L: the skip alone does not stop growth, it adds 1.`
          : `The branches work against their shortcuts${measured}: J = 1 + F' is smaller than 1 along the gradient's directions.`,
        remedy: explodes
          ? "Make the branch small against the trunk: a norm inside the branch, a factor 1/√L on it (total growth about e), or a branch that starts at zero. A small branch learns slower at first; a norm costs time and, for BatchNorm, ties examples together."
          : "Scale the branch down or start it at zero, so that the shortcut carries the gradient.",
      };
    case "scaled-skip":
      return {
        why: `The shortcuts are multiplied by a factor λ below 1, so what they carry is multiplied by λ² per block${measured}, λ^(2L) in all.`,
        remedy: "Leave the shortcut alone (λ = 1) and scale the branch instead. That costs nothing.",
      };
    case "post-norm-residual":
      return {
        why: `The norm stands behind the addition, so it also divides what the shortcut carries${measured}; with BatchNorm and ReLU branches the law is 2/(2 - 1/π) = 1.189 per block on the square.`,
        remedy:
          "Move the norm into the branch, before its first weights: growth becomes polynomial. Weights trained with the old order cannot be reused as they are.",
      };
    case "batch-normalised":
      return {
        why: explodes
          ? !relu
            ? `The norm scales up again what activation and weights took from the spread, and the gradient pays the same factor${measured}; with ReLU it would be π/(π - 1) = 1.467. A norm undoes any scale of the weights before it.`
            : `Every ReLU moves 1/π of the variance into the mean; BatchNorm discards the mean and scales the rest up again, and the gradient pays π/(π - 1) = 1.467 per layer on the square${measured}. A norm undoes any scale of the weights before it.`
          : `The norm fixes the forward scale, yet the gradient shrinks from layer to layer${measured}: functions that saturate, or scales of the norms below 1, do that.`,
        remedy: explodes
          ? "Add shortcuts around the layers with the norm inside the branch (growth becomes polynomial), or have fewer layers. Shortcuts need equal shapes or projections."
          : "Look at saturated and dead units first, then at the norms' learned scales.",
      };
    case "plain":
      return {
        why: `Each layer multiplies the squared gradient by χ = σ_w²·E[φ'²]${measured}; L layers multiply it by χ^L, and only χ = 1 keeps it.`,
        remedy: explodes
          ? "Scale the weights down to the critical scale of the activation (ReLU: variance 2/fan-in), or add norms within shortcuts. With tanh and large weights only a smaller scale helps: the growth is chaos."
          : sigmoid
            ? "Use another function: the slope of a sigmoid is at most 1/4 and its outputs are all positive: weights that are large enough to keep the gradient saturate it. ReLU with weights of variance 2/fan-in does, tanh with 1/fan-in; shortcuts or norms help as well."
            : "Scale the weights up to the critical scale of the activation (ReLU: variance 2/fan-in; tanh: 1/fan-in), or add shortcuts. Initialisation costs nothing.",
      };
    case "residual":
    case "normalised":
    case "other":
      return {
        why: `The blocks' gains multiply${measured}${measured === "" ? "" : `: ${number(gain, style)}^L on the square after L blocks`}.`,
        remedy: explodes
          ? "Look at the blocks with the largest gains; make branches small against the trunk, by a norm inside them or a factor of 1/√L."
          : "Look at the blocks with the smallest gains; add shortcuts around them, or raise their weight scale.",
      };
  }
}
