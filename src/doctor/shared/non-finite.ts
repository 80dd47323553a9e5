import * as z from "zod";
import { traitsOf } from "../../ops/registry.js";
import type { NonFinite } from "../../probe/first-non-finite.js";
import { producers } from "../../graph/graph.js";
import type { Graph } from "../../graph/graph.js";
import { exact, inflect, list, number } from "../../util/format.js";
import type { Style } from "../../util/format.js";
import { real, whole } from "../../util/json.js";
import type { Evidence } from "../evidence.js";
import { factsOf } from "../rule.js";
import type { Words } from "../rule.js";
import type { Plain } from "./fact-schemas.js";

/** The largest float32: beyond it values are infinite. */
const FLOAT32 = 3.4028234663852886e38;
const LARGE = 1e15;

/** What makes an op give a value that is not finite. `given` before any op, `steep` on the way back only. */
const CAUSES = [
  "given",
  "exponent",
  "domain",
  "interval",
  "log-of-softmax",
  "zero",
  "masked-row",
  "masked-label",
  "mask",
  "growth",
  "steep",
  "unknown",
] as const;

/** What a rule about values that are not finite states. */
export interface NonFiniteFacts {
  readonly op: string;
  readonly value: string;
  readonly kind: NonFinite["kind"];
  readonly example: number | null;
  readonly operands: readonly { readonly name: string; readonly low: number; readonly high: number }[];
  readonly cause: (typeof CAUSES)[number];
  /** In how many examples; null where that cannot be said. Older records lack what stands from here on. */
  readonly examples?: number | null;
  readonly of?: number;
  /** Whether the loss, an output or a gradient is not finite because of it. */
  readonly reaches?: boolean;
  /** The outputs that are, where the loss and the gradients are finite. */
  readonly outputs?: readonly string[];
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
  examples: whole.nullable().exactOptional().meta({ description: "In how many examples; null where that cannot be said." }),
  of: whole.exactOptional().meta({ description: "Examples in the batch." }),
  reaches: z.boolean().exactOptional().meta({ description: "Whether the loss, an output or a gradient is not finite because of it." }),
  outputs: z
    .array(z.string())
    .exactOptional()
    .meta({ description: "The outputs that are not finite because of it, where the loss and the gradients are finite." }),
});

/** Returns what a rule states about the first cause of values that are not finite, and how grave it is. */
export const nonFiniteFacts = (e: Evidence, f: NonFinite, cause: NonFiniteFacts["cause"]): Plain<NonFiniteFacts> => ({
  op: f.op,
  value: f.value,
  kind: f.kind,
  example: f.example,
  operands: f.operands.map(({ name, low, high }) => ({ name, low, high })),
  cause,
  examples: f.examples,
  of: e.examples,
  reaches: f.reaches,
  ...(f.outputs && { outputs: f.outputs }),
});

/** Returns the end of why it matters, or that it does not. */
export const reachWords = (f: NonFiniteFacts, lost: string): string =>
  f.reaches === false
    ? "It reaches neither the loss, nor an output, nor the gradient of a parameter or an input: what comes after it drops it. Another batch may not."
    : f.outputs
      ? `It reaches the ${inflect(f.outputs.length, "output")} ${list(f.outputs)}, and neither the loss nor a gradient: whoever reads that output, or trains by it, gets no number.`
      : lost;

/** Returns the node's operands and their ranges, the example that shows it first. */
export function nonFiniteEvidence(f: NonFiniteFacts, style: Style): string {
  const operands = f.operands.map(
    (o) => `${o.name} ${Number.isNaN(o.low) ? "holds NaN" : `lies in [${number(o.low, style)}, ${number(o.high, style)}]`}`,
  );
  const several = f.examples !== undefined && f.examples !== null && f.examples > 1 && f.of !== undefined;
  const first =
    f.example === null ? "" : several ? ` (in ${f.examples} of ${f.of} examples, first in example ${f.example})` : ` (in example ${f.example})`;
  return `${f.value} holds ${f.kind}${first}${operands.length > 0 ? `; of its operands ${operands.join(", ")}` : ""}`;
}

type Operands = Pick<NonFiniteFacts, "operands">;

/** Returns the largest magnitude among the operands. */
export const largest = (f: Operands): number =>
  f.operands.reduce((m, o) => Math.max(m, Number.isNaN(o.low) ? 0 : Math.max(Math.abs(o.low), Math.abs(o.high))), 0);

const beyondOne = (f: Operands): boolean => f.operands.some((o) => o.low < -1 || o.high > 1);
const least = (f: Operands): number => f.operands.reduce((m, o) => Math.min(m, o.low), Infinity);
const spansZero = (f: Operands): boolean => f.operands.some((o) => o.low <= 0 && o.high >= 0);

/** Returns what makes an op give a value that is not finite, by the op, its operands' ranges and what made them. */
export function causeOf({ nonFiniteIn }: Evidence, f: NonFinite): NonFiniteFacts["cause"] {
  const top = largest(f);
  const { overflows, positive, divides, probabilities, within } = traitsOf(f);
  if (probabilities === "axis" && (f.masked || f.kind === "NaN")) return "masked-row";
  if (f.masked) return f.op === "Loss" ? "masked-label" : "mask";
  if (within !== undefined && beyondOne(f)) return "interval";
  if (positive && isSoftmax(nonFiniteIn, f.operands[0]?.name)) return "log-of-softmax";
  // A broken power of a negative base.
  const [base, power] = f.operands;
  const isBroken = power !== undefined && !(Number.isInteger(power.low) && Number.isInteger(power.high));
  if (overflows && divides && isBroken && f.kind === "NaN" && base!.low < 0) return "domain";
  // What also divides may be infinite for that reason, or because its operand was large already.
  if (overflows && (!divides || (top < LARGE && f.kind === "infinity"))) return "exponent";
  if (positive && least(f) <= 0) return "domain";
  if (divides && spansZero(f) && top < LARGE) return "zero";
  return top >= LARGE ? "growth" : "unknown";
}

/** Tells whether a softmax makes a value, perhaps moved or cast since. */
function isSoftmax(graph: Graph, value: string | undefined): boolean {
  const makers = producers(graph);
  for (let n = makers.get(value ?? ""); n; n = makers.get(n.inputs[0]!)) {
    const { probabilities, moves, casts } = traitsOf(n.origin ? { op: n.origin.op } : n);
    if (probabilities === "axis") return true;
    if (moves === undefined && !casts) return false;
  }
  return false;
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
        remedy:
          least(f) < 0
            ? `Clamp its input above 0 (clamp(x, ${exact(1e-12, style)})), or take its magnitude first.`
            : "Add a small epsilon inside, or compute from logits (LogSoftmax, the fused cross-entropy) instead of from probabilities.",
      };
    case "zero":
      return {
        why: `${f.op} meets a zero: 1/0 is infinite and 0/0 is NaN.`,
        remedy: "Add an epsilon to the denominator (inside the root where it is a norm).",
      };
    case "interval":
      return {
        why: `${f.op} is defined between -1 and 1 only, and rounding is enough to pass them.`,
        remedy: `Clamp its input (clamp(x, -1 + ${exact(1e-7, style)}, 1 - ${exact(1e-7, style)})), or compute the angle with Atan2 of a sine and a cosine.`,
      };
    case "log-of-softmax":
      return {
        why: `A softmax rounds small probabilities to 0, and ${f.op} of 0 is -infinity.`,
        remedy: "Use LogSoftmax, or a cross-entropy that takes logits: they never form the probability.",
      };
    case "masked-row":
      return {
        why: "A softmax over a row of -infinity only (everything is masked) is 0/0.",
        remedy: "Leave one key unmasked in every row, or mask with a finite number (-10000) instead of -infinity, or leave fully masked rows out.",
      };
    case "masked-label":
      return {
        why: "A label is a class whose score the mask makes -infinity: its probability is 0, and the loss, -log of it, is infinite.",
        remedy: "Let the mask allow every class that a label names (the action that was taken), or leave such examples out (label -100).",
      };
    case "mask":
      return {
        why: `The -infinity of a mask meets ${f.op}, which makes ${f.kind === "NaN" ? "NaN" : "an infinity"} of it: only a softmax makes 0 of it.`,
        remedy: "Mask with a finite number (-10000), or choose between the values with Where instead of computing with the mask.",
      };
    case "growth":
      return {
        why: `The operands have grown to ${number(largest(f), style)}, and ${f.op} of such values passes ${number(FLOAT32, style)}, the largest float32: growth from layer to layer, not this node, is the cause.`,
        remedy:
          "Read the profile up to here: a branch scale or norm stops growth in residual networks, the critical weight scale in plain ones. Running in float64 only moves the place.",
      };
    case "steep":
      if (f.reaches === false)
        return {
          why: `${f.op} is finite forward, but its slope is infinite at the edge of its domain (a root, a norm or a power at 0).`,
          remedy: `Nothing as it is. An epsilon inside (sqrt(x + ${exact(1e-12, style)})) makes it safe whatever stands before it: where that multiplies by a slope of zero, infinity times zero is NaN.`,
        };
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
