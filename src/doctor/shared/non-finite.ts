import { traitsOf } from "../../ops/registry.js";
import type { NonFinite } from "../../probe/first-non-finite.js";
import { figure } from "./words.js";

/** The largest float32: beyond it values are infinite. */
const FLOAT32 = 3.4028234663852886e38;
const LARGE = 1e15;

/** The node's operands and their ranges, the example that shows it first. */
export function evidenceOf(f: NonFinite): string {
  const operands = f.operands.map((o) => `${o.name} ${Number.isNaN(o.low) ? "holds NaN" : `in [${figure(o.low)}, ${figure(o.high)}]`}`);
  const first = f.example === null ? "" : `, first in example ${f.example}`;
  return `${f.kind} in ${f.value}${first}${operands.length > 0 ? `; its operands: ${operands.join(", ")}` : ""}`;
}

/** The largest magnitude among the operands. */
export const largest = (f: NonFinite): number =>
  f.operands.reduce((m, o) => Math.max(m, Number.isNaN(o.low) ? 0 : Math.max(Math.abs(o.low), Math.abs(o.high))), 0);

const least = (f: NonFinite): number => f.operands.reduce((m, o) => Math.min(m, o.low), Infinity);
const spansZero = (f: NonFinite): boolean => f.operands.some((o) => o.low <= 0 && o.high >= 0);

/** What makes an op give a value that is not finite, by the op and its operands' ranges. */
export function causeOf(f: NonFinite): { readonly why: string; readonly remedy: string } {
  const top = largest(f);
  const { overflows, positive, divides, probabilities } = traitsOf(f);
  // What also divides may be infinite for that reason, or because its operand was large already.
  if (overflows && (!divides || (top < LARGE && f.kind === "infinity")))
    return {
      why: `${f.op} leaves float32's range (exp overflows above 88.7).`,
      remedy: "Subtract the largest element first (as Softmax and LogSumExp do), or clamp the exponent, which stops its gradient beyond the clamp.",
    };
  if (positive && least(f) <= 0)
    return {
      why: `${f.op} of ${least(f) < 0 ? "a negative number is NaN" : "zero is infinite, or has an infinite slope"}.`,
      remedy: "Add a small epsilon inside, or compute from logits (LogSoftmax, the fused cross-entropy) instead of from probabilities.",
    };
  if (divides && spansZero(f) && top < LARGE)
    return {
      why: `${f.op} meets a zero: 1/0 is infinite and 0/0 is NaN.`,
      remedy: "Add an epsilon to the denominator (inside the root where it is a norm).",
    };
  if (probabilities === "axis")
    return {
      why: "A softmax over a row of -infinity only (everything masked) is 0/0.",
      remedy: "Mask with a large negative number instead of -infinity, or leave fully masked rows out of the loss.",
    };
  if (top >= LARGE)
    return {
      why: `The operands have grown to ${figure(top)}, and ${f.op} of such values passes ${figure(FLOAT32)}, the largest float32: growth from layer to layer, not this node, is the cause.`,
      remedy:
        "Read the profile up to here: a branch scale or norm stops growth in residual networks, the critical weight scale in plain ones. Running in float64 only moves the place.",
    };
  return {
    why: `${f.op} turns finite operands into ${f.kind === "NaN" ? "a NaN" : "an infinity"}.`,
    remedy: "Look at the operands' ranges: clamp or rescale them, or compute the step in a stable form.",
  };
}
