import * as z from "zod";
import { traitsOf } from "../../ops/registry.js";
import type { NonFinite } from "../../probe/first-non-finite.js";
import { exact, number } from "../../util/format.js";
import type { Style } from "../../util/format.js";
import { real, whole } from "../../util/json.js";
import { factsOf } from "../rule.js";
import type { Words } from "../rule.js";
import type { Plain } from "./fact-schemas.js";

/** The largest float32: beyond it values are infinite. */
const FLOAT32 = 3.4028234663852886e38;
const LARGE = 1e15;

/** What makes an op give a value that is not finite. `given` before any op, `steep` on the way back only. */
const CAUSES = ["given", "exponent", "domain", "zero", "masked-row", "growth", "steep", "unknown"] as const;

/** What a rule about values that are not finite states. */
export interface NonFiniteFacts {
  readonly op: string;
  readonly value: string;
  readonly kind: NonFinite["kind"];
  readonly example: number | null;
  readonly operands: readonly { readonly name: string; readonly low: number; readonly high: number }[];
  readonly cause: (typeof CAUSES)[number];
}

export const nonFiniteSchema: z.ZodType<Plain<NonFiniteFacts>> = factsOf({
  op: z.string(),
  value: z.string(),
  kind: z.enum(["NaN", "infinity"]),
  example: whole.nullable().meta({ description: "The first example that shows it." }),
  operands: z
    .array(factsOf({ name: z.string(), low: real, high: real }))
    .meta({ description: "Least and largest element of the op's operands; NaN where one holds NaN." }),
  cause: z.enum(CAUSES),
});

export const nonFiniteFacts = ({ op, value, kind, example, operands }: NonFinite, cause: NonFiniteFacts["cause"]): Plain<NonFiniteFacts> => ({
  op,
  value,
  kind,
  example,
  operands: operands.map(({ name, low, high }) => ({ name, low, high })),
  cause,
});

/** Returns the node's operands and their ranges, the example that shows it first. */
export function nonFiniteEvidence(f: NonFiniteFacts, style: Style): string {
  const operands = f.operands.map(
    (o) => `${o.name} ${Number.isNaN(o.low) ? "holds NaN" : `lies in [${number(o.low, style)}, ${number(o.high, style)}]`}`,
  );
  const first = f.example === null ? "" : ` (first in example ${f.example})`;
  return `${f.value} holds ${f.kind}${first}${operands.length > 0 ? `; of its operands ${operands.join(", ")}` : ""}`;
}

type Operands = Pick<NonFiniteFacts, "operands">;

/** Returns the largest magnitude among the operands. */
export const largest = (f: Operands): number =>
  f.operands.reduce((m, o) => Math.max(m, Number.isNaN(o.low) ? 0 : Math.max(Math.abs(o.low), Math.abs(o.high))), 0);

const least = (f: Operands): number => f.operands.reduce((m, o) => Math.min(m, o.low), Infinity);
const spansZero = (f: Operands): boolean => f.operands.some((o) => o.low <= 0 && o.high >= 0);

/** Returns what makes an op give a value that is not finite, by the op and its operands' ranges. */
export function causeOf(f: NonFinite): NonFiniteFacts["cause"] {
  const top = largest(f);
  const { overflows, positive, divides, probabilities } = traitsOf(f);
  // What also divides may be infinite for that reason, or because its operand was large already.
  if (overflows && (!divides || (top < LARGE && f.kind === "infinity"))) return "exponent";
  if (positive && least(f) <= 0) return "domain";
  if (divides && spansZero(f) && top < LARGE) return "zero";
  if (probabilities === "axis") return "masked-row";
  return top >= LARGE ? "growth" : "unknown";
}

/** Says why an op gives a value that is not finite, and what is usually done. */
export function causeWords(f: NonFiniteFacts, style: Style): Pick<Words, "why" | "remedy"> {
  switch (f.cause) {
    case "given":
      return {
        why: "An input or a weight of the file is not finite before anything is computed.",
        remedy: "Clean the data, or load a checkpoint from before it diverged.",
      };
    case "exponent":
      return {
        why: `${f.op} leaves float32's range (exp overflows above 88.7).`,
        remedy: "Subtract the largest element first (as Softmax and LogSumExp do), or clamp the exponent, which stops its gradient beyond the clamp.",
      };
    case "domain":
      return {
        why: `${f.op} of ${least(f) < 0 ? "a negative number is NaN" : "zero is infinite, or has an infinite slope"}.`,
        remedy: "Add a small epsilon inside, or compute from logits (LogSoftmax, the fused cross-entropy) instead of from probabilities.",
      };
    case "zero":
      return {
        why: `${f.op} meets a zero: 1/0 is infinite and 0/0 is NaN.`,
        remedy: "Add an epsilon to the denominator (inside the root where it is a norm).",
      };
    case "masked-row":
      return {
        why: "A softmax over a row of -infinity only (everything masked) is 0/0.",
        remedy: "Mask with a large negative number instead of -infinity, or leave fully masked rows out of the loss.",
      };
    case "growth":
      return {
        why: `The operands have grown to ${number(largest(f), style)}, and ${f.op} of such values passes ${number(FLOAT32, style)}, the largest float32: growth from layer to layer, not this node, is the cause.`,
        remedy:
          "Read the profile up to here: a branch scale or norm stops growth in residual networks, the critical weight scale in plain ones. Running in float64 only moves the place.",
      };
    case "steep":
      return {
        why: `${f.op} is finite forward, but its slope is infinite at the edge of its domain (a root, a norm or a power at 0), and infinity times zero is NaN.`,
        remedy: `Add an epsilon inside (sqrt(x + ${exact(1e-12, style)})). Guarding with Where or a mask afterwards does not help: the masked side's NaN survives the multiplication by zero.`,
      };
    case "unknown":
      return {
        why: `${f.op} turns finite operands into ${f.kind === "NaN" ? "a NaN" : "an infinity"}.`,
        remedy: "Look at the operands' ranges: clamp or rescale them, or compute the step in a stable form.",
      };
  }
}
