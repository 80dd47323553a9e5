import { exact, inflect, list, magnitude, magnitudes, plural, rate } from "../util/format.js";
import type { FittedLaw } from "./law.js";
import type { PlacedSpread } from "./spread.js";
import type { Decision, Growth, Verdict } from "./types.js";

/** What the blocks are of: the body, or one chain of several in it. */
type Part = "body" | "chain";

/** What a verdict rests on: a profile that was measured, or what stands in its place. */
export type Basis =
  | {
      readonly kind: "measured";
      readonly blocks: number;
      readonly part: Part;
      readonly form: FittedLaw["form"];
      readonly rise: PlacedSpread;
      readonly fall: PlacedSpread;
      /** The block, counted from 0, that alone makes most of the spread which decides, and ln of its part; null where none does. */
      readonly single: { readonly at: number; readonly ln: number } | null;
      readonly replicates: { readonly count: number; readonly over: string } | null;
      /** ln of the rise and of the fall from which it is ill. */
      readonly bounds: { readonly rise: number; readonly fall: number };
    }
  | {
      readonly kind: "not-finite";
      readonly at: number;
      readonly blocks: number;
      readonly part: Part;
      readonly replicates: number;
      readonly of: number;
    }
  | { readonly kind: "dead"; readonly at: number; readonly blocks: number; readonly part: Part; readonly replicates: number }
  | { readonly kind: "not-finite-forward"; readonly replicates: number; readonly of: number }
  | {
      readonly kind: "results-not-finite";
      /** The results: "the loss", "the gradients of 3 of 10 parameters". */
      readonly results: readonly string[];
      /** The node that makes the first such value, and its op; null where it was not found. */
      readonly cause: { readonly node: string; readonly op: string } | null;
      /** In how many examples; null where that cannot be said. */
      readonly examples: number | null;
      readonly of: number;
      /** Whether they are outputs alone, and the loss and its gradients finite. */
      readonly outputsOnly: boolean;
    }
  | { readonly kind: "no-gradient" }
  | {
      readonly kind: "no-parameters";
      /** How many tensors could be parameters but are set aside; and how many have no part in the output. */
      readonly setAside: number;
      readonly unreached: number;
    };

type Sign = "×" | "÷";

/** Writes the factor of a rise (×) or a fall (÷), with its interval where it has one. */
function factorWithInterval(s: PlacedSpread, sign: Sign, replicates: { count: number; over: string } | null): string {
  if (s.low === s.high) return `${sign}${magnitude(s.value)}`;
  const [value, low, high] = magnitudes([s.value, s.low, s.high]);
  if (replicates === null) return `${sign}${value!} (95 % of single batches like this one: ${sign}${low!} to ${sign}${high!})`;
  return `${sign}${value!} (95 % over ${replicates.count} ${replicates.over}: ${sign}${low!} to ${sign}${high!})`;
}

/** Writes the rate per block, on the norm and on the square. */
const ratePerBlock = ({ perBlock }: Growth): string =>
  perBlock === null ? "" : `×${rate(Math.exp(Math.log(perBlock) / 2))} a block on the norm (×${rate(perBlock)} on the square)`;

/** A verdict before it is put into words. */
type Wordless = Omit<Verdict, "sentence" | "statement">;

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** States the verdict in one sentence of plain words, with its numbers: with the decision before it, and without. */
export function verdictWords(v: Wordless, basis: Basis): Pick<Verdict, "sentence" | "statement"> {
  const rest = statementOf(v, basis);
  return { sentence: `${capital(v.decision)}: ${rest}`, statement: capital(rest) };
}

/** Returns what a sentence says after its decision and a colon. */
function statementOf(v: Wordless, basis: Basis): string {
  switch (basis.kind) {
    case "not-finite":
      return (
        `${basis.replicates === basis.of ? "" : `in ${basis.replicates} of ${plural(basis.of, "replicate")} `}the gradient is not a finite number` +
        `${basis.at === basis.blocks ? ` anywhere in the ${basis.part} of the network` : `, from block ${basis.at + 1} of the ${basis.part}'s ${basis.blocks} back to the input`}.`
      );
    case "not-finite-forward":
      return `in ${basis.replicates} of ${plural(basis.of, "replicate")} values on the way forward are not finite numbers, and no gradient behind them means anything.`;
    case "results-not-finite": {
      const { results, cause, examples, of, outputsOnly } = basis;
      const several = results.length > 1 || /^the (gradients|outputs)/.test(results[0] ?? "");
      const where = cause === null ? "" : cause.op === "input" ? `; it comes with ${cause.node}` : `; it begins at ${cause.node} (${cause.op})`;
      const whose = examples === null || of < 2 ? "" : `, in ${examples} of ${plural(of, "example")}`;
      const all = results.length < 2 ? list(results) : `${results.slice(0, -1).join(", ")} and ${results[results.length - 1]!}`;
      return `${all} ${several ? "are" : "is"} not finite${whose}${where}. ${outputsOnly ? "The gradients that were measured are finite." : "Nothing can be learnt from such numbers."}`;
    }
    case "no-gradient":
      return "no gradient reaches the body of the network, so there is no profile to judge.";
    case "no-parameters":
      return `${withoutParameters(basis)}, so there is nothing to judge.`;
    case "dead":
      return (
        `${basis.replicates === 1 ? "" : `in all of ${plural(basis.replicates, "replicate")} `}the gradient becomes exactly zero at ` +
        `block ${basis.at + 1} of the ${basis.part}'s ${basis.blocks}, and nothing before it can learn.`
      );
    case "measured":
      return measuredStatement(v, basis);
  }
}

function withoutParameters({ setAside, unreached }: Basis & { readonly kind: "no-parameters" }): string {
  if (unreached > 0)
    return `${unreached === 1 ? "the one parameter" : `none of ${plural(unreached, "parameter")}`} has ${unreached === 1 ? "no" : "a"} part in this output`;
  return `the network has no parameters${setAside > 0 ? ` but ${plural(setAside, "tensor")} that ${inflect(setAside, "is", "are")} set aside` : ""}`;
}

function measuredStatement(v: Wordless, r: Basis & { kind: "measured" }): string {
  const power = r.form === "polynomial" ? "as a power of the depth" : "slower than exponentially, like exp(√depth)";
  // The sentence names stretches from the output to the input, as the gradient runs.
  const where = (s: PlacedSpread): string =>
    s.to - s.from === r.blocks
      ? `over all ${plural(r.blocks, "block")} of the ${r.part}`
      : `from block ${s.to} of the ${r.part}'s ${r.blocks} back to block ${s.from + 1}`;
  const free = Math.max(v.scaleFreeRise.value, v.scaleFreeFall.value);
  const cause =
    v.cause === "units"
      ? `; the scale-free gradient (gradient × activation) stays within ×${magnitude(free)}`
      : v.cause === "dynamics"
        ? `; the scale-free gradient (gradient × activation) spreads ×${magnitude(free)} as well`
        : "";
  const manner =
    r.single !== null && Math.abs(v.to - v.from) > 1
      ? `, ${alone(v, r.single)}`
      : v.law === "exponential"
        ? `, exponentially: ${ratePerBlock(v.gradient)}`
        : v.law === "sub-exponential"
          ? `, ${power}`
          : "";
  switch (v.decision) {
    case "non-finite":
      return "values of the profile are not finite.";
    case "exploding":
      return `${where(r.rise)} the norm of the gradient grows ${factorWithInterval(r.rise, "×", r.replicates)}${manner}${cause}.`;
    case "vanishing":
      return `${where(r.fall)} the norm of the gradient shrinks ${factorWithInterval(r.fall, "÷", r.replicates)}${manner}${cause}.`;
    case "mixed":
      return (
        `${where(r.rise)} the norm of the gradient grows ${factorWithInterval(r.rise, "×", r.replicates)}, ` +
        `and ${where(r.fall)} it shrinks ${factorWithInterval(r.fall, "÷", r.replicates)}${cause}.`
      );
    case "healthy":
      return healthyStatement(v, r, power);
    case "undecided":
      return undecidedStatement(r);
  }
}

/** Names the block that alone makes most of a spread. */
const alone = ({ rise, fall }: Wordless, { at, ln }: { readonly at: number; readonly ln: number }): string =>
  `${rise.value >= fall.value ? "×" : "÷"}${magnitude(ln)} of it in block ${at + 1} alone`;

/** A spread below this is none that anybody would speak of. */
const WORTH_TELLING = Math.log(2);

/** Names the spreads whose intervals hold what they count from, and any other that there is. */
function undecidedStatement({ rise, fall, bounds, replicates }: Basis & { kind: "measured" }): string {
  const sides = [
    { spread: rise, bound: bounds.rise, verb: "grows", sign: "×" as const, noun: "rise" },
    { spread: fall, bound: bounds.fall, verb: "shrinks", sign: "÷" as const, noun: "fall" },
  ].map((s) => ({ ...s, open: s.spread.low <= s.bound && s.spread.high >= s.bound }));
  const open = sides.filter((s) => s.open);
  const named = sides.filter((s) => s.open || s.spread.high > WORTH_TELLING);
  const seen = (named.length === 0 ? sides : named).map((s) => `${s.verb} at most ${factorWithInterval(s.spread, s.sign, replicates)}`);
  const limits = (open.length === 0 ? sides : open).map((s) => `${s.sign}${exact(Math.round(Math.exp(s.bound)))} for a ${s.noun}`);
  return `towards the input the norm of the gradient ${seen.join(" and ")}, which leaves both sides of ${limits.join(" and of ")} possible.`;
}

function healthyStatement(v: Wordless, r: Basis & { kind: "measured" }, power: string): string {
  if (r.blocks === 0) return "the body has no blocks over which a gradient could grow or shrink.";
  const range = `over ${plural(r.blocks, "block")} the norm of the gradient grows at most ×${magnitude(r.rise.value)} and shrinks at most ÷${magnitude(r.fall.value)} towards the input`;
  if (v.law === "sub-exponential" || v.one !== null) {
    const larger = r.rise.value >= r.fall.value ? `grows ×${magnitude(r.rise.value)}` : `shrinks ÷${magnitude(r.fall.value)}`;
    const manner = r.single === null ? `but only ${power}` : alone(v, r.single);
    return `over ${plural(r.blocks, "block")} the norm of the gradient ${larger} towards the input, ${manner}.`;
  }
  const ahead =
    v.projection === null
      ? ""
      : `; at ${ratePerBlock(v.gradient)} it would ${v.gradient.perBlock! > 1 ? "reach ×100" : "fall to 1/100"} at ${v.projection} blocks`;
  return `${range}${ahead}.`;
}

/** States of a fall that one factor takes away that it is one of the start only, or, where it is undecided, that it may be more; with the decision before it and without. */
export function mildWords({ fall, from, to }: Verdict, decision: Decision, most: number): Pick<Verdict, "sentence" | "statement"> {
  const over = `Over ${plural(Math.abs(to - from), "block")} the norm of the gradient shrinks ÷${magnitude(fall.value)} towards the input`;
  const statement =
    decision === "healthy"
      ? `${over}, less than ÷${exact(most)}, and one factor on all weights takes that away: plain gradient descent begins slowly, and networks like this one train.`
      : `${over}, which leaves both sides of ÷${exact(most)} possible; one factor on all weights takes it away, and below that networks like this one train.`;
  return { sentence: `${capital(decision)}: over${statement.slice(4)}`, statement };
}
