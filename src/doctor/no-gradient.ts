import * as z from "zod";
import { readers } from "../graph/graph.js";
import { modulesOfParameter } from "../graph/module-path.js";
import { networkSite, parametersSite } from "../graph/site.js";
import type { Parameter } from "../passes/parameters.js";
import { straightThroughs } from "../passes/straight-through.js";
import { lnParameterGradient } from "../probe/check-readings.js";
import { activityOf } from "../structure/activity.js";
import { isAdded, isZero, valuesOfBlocks } from "../structure/shut-blocks.js";
import { inflect, list, percent, plural } from "../util/format.js";
import type { Style } from "../util/format.js";
import { whole } from "../util/json.js";
import type { Evidence } from "./evidence.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule, Observation, Words } from "./rule.js";
import { names } from "./shared/fact-schemas.js";
import { stateWeight } from "./shared/first-step.js";

const of = whole.meta({ description: "How many there are in all." });

const facts = z.discriminatedUnion("reason", [
  factsOf({ reason: z.literal("no-path"), parameters: names, of }),
  factsOf({ reason: z.literal("closed-branch"), parameters: names }),
  factsOf({ reason: z.literal("zero-head"), parameters: names, of, head: names.meta({ description: "The weights of the head that are zero." }) }),
  factsOf({
    reason: z.literal("straight-through"),
    parameters: names,
    of,
    undone: names.meta({ description: "The values that are added and taken away again." }),
    nodes: names.meta({ description: "The nodes that do so." }),
  }),
  factsOf({ reason: z.literal("zero-slope"), parameters: names, of }),
  factsOf({ reason: z.literal("cancels"), parameters: names }),
  factsOf({
    reason: z.literal("first-step"),
    parameters: names,
    of,
    backward: z.boolean().meta({ description: "Whether all of them are of steps that go from the last input to the first." }),
  }),
  factsOf({ reason: z.literal("zero-examples"), examples: whole.meta({ description: "Examples whose gradient is exactly zero." }), of }),
]);
type Facts = z.output<typeof facts>;

/** Parameters, or examples, that no gradient reaches. */
export const noGradient: FindingRule = findingRule({
  id: "no-gradient",
  facts,
  examine: (e) => {
    if (e.nonFinite?.reaches) return [];
    const { graph } = e.bound;
    const found: Observation<Facts>[] = [];
    const all = e.places.parameters.length;
    const apart = e.places.parameters.filter((p) => !p.parameter.reaches).map((p) => p.parameter.name);
    if (apart.length > 0)
      found.push({ severity: "info", site: parametersSite(graph, apart), facts: { reason: "no-path", parameters: apart, of: all } });
    const still = e.places.parameters.filter(({ parameter }, i) => parameter.reaches && !isData(e, parameter) && !hasGradient(e, i));
    const moved = movedOf(e);
    const { shut, biased } = still.length > 0 ? besideZeros(e, moved) : NONE;
    const silent = still.map((p) => p.parameter.name);
    const beyond = still.length > 0 ? onlyThrough(e, shut) : (): boolean => false;
    const waiting = silent.filter((p) => shut.has(p) || beyond(p));
    const starting = silent.filter((p) => !waiting.includes(p) && biased.has(p));
    const open = silent.filter((p) => !waiting.includes(p) && !biased.has(p));
    const cancelled = open.filter((p) => isAdded(graph, p) && hasMovedSibling(e, p, moved));
    const unread = unreadStates(e, open, moved);
    if (unread) found.push(unread);
    const unknown = open.filter((p) => !cancelled.includes(p) && !unread?.facts.parameters.includes(p));
    const straight = unknown.length > 0 ? straightThroughs(graph, e.structure.target, unknown) : undefined;
    if (straight)
      found.push({ severity: "info", site: parametersSite(graph, straight.parameters), facts: { reason: "straight-through", ...straight, of: all } });
    const lost = unknown.filter((p) => straight?.parameters.includes(p) !== true);
    if (cancelled.length > 0)
      found.push({ severity: "info", site: parametersSite(graph, cancelled), facts: { reason: "cancels", parameters: cancelled } });
    if (waiting.length > 0)
      found.push({ severity: "info", site: parametersSite(graph, waiting), facts: { reason: "closed-branch", parameters: waiting } });
    // The first steps move a bias that starts at zero, and with it what its block passes on.
    if (starting.length > 0)
      found.push({ severity: "info", site: parametersSite(graph, starting), facts: { reason: "zero-slope", parameters: starting, of: all } });
    const head = lost.length > 0 ? zeroHead(e, moved) : [];
    if (head.length > 0) {
      found.push({ severity: "info", site: parametersSite(graph, head), facts: { reason: "zero-head", parameters: lost, of: all, head } });
      return found;
    }
    if (lost.length > 0)
      found.push({ severity: "warning", site: parametersSite(graph, lost), facts: { reason: "zero-slope", parameters: lost, of: all } });
    if (e.zeroExamples > 0 && e.zeroExamples <= e.examples) {
      const severity = e.zeroExamples / e.examples > 0.5 ? "warning" : "info";
      found.push({ severity, site: networkSite, facts: { reason: "zero-examples", examples: e.zeroExamples, of: e.examples } });
    }
    return found;
  },
  words: ({ facts }, style) => wordsOf(facts, style),
});

function wordsOf(f: Facts, style: Style): Words {
  switch (f.reason) {
    case "no-path":
      return {
        evidence: `${f.parameters.length} of ${plural(f.of, "parameter")} ${inflect(f.parameters.length, "has", "have")} no differentiable path to the loss`,
        why: "They only feed other outputs, or reach the loss through something without a derivative (a comparison, an index, a rounding).",
        remedy: "Nothing, if they serve another output; check that output with --output. Otherwise replace what cuts the path.",
      };
    case "closed-branch":
      return {
        evidence: `the ${zeroGradients(f.parameters.length)}, in blocks that a zero weight or scale starts shut`,
        why: "A branch that starts at zero passes nothing back to its own weights; the first step moves the factor at its end, and then they learn.",
        remedy: "Nothing: that is what a zero start is for.",
      };
    case "cancels":
      return {
        evidence: `the ${zeroGradients(f.parameters.length)}, while the weights beside ${inflect(f.parameters.length, "it", "them")} get one`,
        why: "What a bias adds is taken away again: a difference of two outputs of one layer, or a softmax or a norm behind it.",
        remedy: `Nothing; ${inflect(f.parameters.length, "the bias does", "these biases do")} nothing and may go.`,
      };
    case "first-step":
      return {
        evidence: `the ${zeroGradients(f.parameters.length, f.of)}: ${f.backward ? "of the backward direction the output uses the first step only, which sees nothing but the last input, and the state that it carries further is not used" : "of the time steps the output uses the first only, and the state that it carries further is not used"}`,
        why: "The first step begins with a state of zeros. What multiplies the state gets a gradient from later steps alone, so these weights stay as they are in any training.",
        remedy: f.backward
          ? "Read the backward direction where it ends, at the first input: the last states of both directions (h_n in PyTorch) instead of the outputs at the last step (out[:, -1]), or a mean over all steps. Else one direction does as well."
          : "Read the steps where they end, or all of them.",
      };
    case "straight-through":
      return {
        evidence: `the ${zeroGradients(f.parameters.length, f.of)}: ${list(f.nodes)} ${inflect(f.nodes.length, "adds", "add")} ${list(f.undone)} and ${inflect(f.nodes.length, "takes", "take")} ${inflect(f.undone.length, "it", "them")} away again`,
        why: "So a straight-through estimator is written, v + (w - v).detach(), and an ONNX file has no trace of detach. In training the gradient passes to v as if nothing were between; in this file v cancels, and all of the gradient goes to w.",
        remedy:
          "For training nothing, if that is what the program does. For a check-up export the network with v in place of the sum: then what lies before it is measured.",
      };
    case "zero-head":
      return {
        evidence: `the ${zeroGradients(f.parameters.length, f.of)}: what comes after them is multiplied by ${list(f.head)}, which ${inflect(f.head.length, "is", "are")} zero`,
        why: "A head that starts at zero passes nothing back; the first step moves it, and then the others learn. Until then there is no profile to judge.",
        remedy:
          "For training, nothing. For a check-up put weights from after the first step into the file (--weights), or give the head small random values.",
      };
    case "zero-slope":
      return {
        evidence: `the ${zeroGradients(f.parameters.length, f.of)}, although a path leads to the loss`,
        why: "Every path from them passes something whose derivative is zero on this batch: dead units, clipped values, a norm over one value, rows that are never looked up, or a loss that has reached its limit. Or the numbers along it become too small for the arithmetic, which rounds them to zero, as those behind tiny weights do.",
        remedy:
          "Look at the dead and saturated units behind them and at the size of the weights; try a larger batch, and --dtype float64, which holds far smaller numbers. Frozen on purpose, they are in order.",
      };
    case "zero-examples":
      return {
        evidence: `${f.examples} of ${plural(f.of, "example")} (${percent(f.examples / f.of, style)}) ${inflect(f.examples, "has", "have")} a gradient of exactly zero${f.examples < f.of ? "; the profile is that of the others" : ""}`,
        why: "Their labels are ignored, the loss is flat where they are (probabilities rounded to 1, a hinge that is satisfied), or all units on their way are dead.",
        remedy: "Check the labels. Examples that are learnt to the last bit cost time and teach nothing.",
      };
  }
}

/** Finds the weights that multiply the state of time steps of which only the first is used: they get no gradient, but other weights of their layer do. */
function unreadStates(
  e: Evidence,
  still: readonly string[],
  moved: readonly Parameter[],
): (Observation<Facts> & { facts: { parameters: string[] } }) | undefined {
  if (still.length === 0) return undefined;
  const { active } = activityOf(e.bound.graph, e.structure.target);
  const unread = still.flatMap((name) => (hasMovedSibling(e, name, moved) ? (stateWeight(e.bound, active, name) ?? []) : []));
  if (unread.length === 0) return undefined;
  const parameters = unread.map((w) => w.name);
  const facts = { reason: "first-step" as const, parameters, of: e.places.parameters.length, backward: unread.every((w) => w.backward) };
  return { severity: "info", site: parametersSite(e.bound.graph, parameters), facts };
}

/** Says that parameters, of so many where that is told, get a gradient of zero. */
function zeroGradients(n: number, of?: number): string {
  const whose = of === undefined ? plural(n, "parameter") : `${n} of ${plural(of, "parameter")}`;
  return inflect(n, `gradient of ${whose} is exactly zero`, `gradients of ${whose} are exactly zero`);
}

/** Parameters by what is zero in their block. */
interface BesideZeros {
  readonly shut: ReadonlySet<string>;
  readonly biased: ReadonlySet<string>;
}

const NONE: BesideZeros = { shut: new Set(), biased: new Set() };

/** Tells whether a gradient reaches a parameter, given by its position, in any batch. */
const hasGradient = (e: Evidence, position: number): boolean =>
  Array.from({ length: e.readings.batches() }, (_, batch) => lnParameterGradient(e, position, batch)).some((ln) => ln !== -Infinity);

/** Returns the parameters that get a gradient in the first batch. */
const movedOf = (e: Evidence): readonly Parameter[] =>
  e.places.parameters.flatMap(({ parameter }, i) => (lnParameterGradient(e, i) > -Infinity ? [parameter] : []));

/**
 * Returns the parameters in blocks that have something zero which gets a gradient itself. A factor, or a weight at the end of a branch, keeps its block shut,
 * as in branches that are initialised with zero; a bias does not.
 */
function besideZeros(e: Evidence, moved: readonly Parameter[]): BesideZeros {
  const { graph } = e.bound;
  const zeros = moved.filter((p) => isZero(p.value)).map((p) => p.name);
  const biases = new Set(zeros.filter((name) => isAdded(graph, name)));
  const found = { shut: new Set<string>(), biased: new Set<string>() };
  for (const [block, used] of valuesOfBlocks(graph, e.structure.blocks)) {
    const own = zeros.filter((name) => used.has(name));
    const isShut = block.branchScale === 0 || own.some((name) => !biases.has(name));
    if (isShut || own.length > 0) for (const v of used) found[isShut ? "shut" : "biased"].add(v);
  }
  return found;
}

/** Answers whether all that a parameter leads to passes through blocks that are shut. */
function onlyThrough(e: Evidence, shut: ReadonlySet<string>): (name: string) => boolean {
  const blocks = e.structure.blocks.filter((b) => b.role !== "head" && (b.branchScale === 0 || b.weights.some((w) => shut.has(w))));
  if (blocks.length === 0) return () => false;
  const inside = new Set(blocks.flatMap((b) => b.nodes));
  const users = readers({ nodes: e.bound.graph.nodes.filter((n) => !inside.has(n.name)) });
  return (name) => {
    const seen = new Set([name]);
    const stack = [name];
    while (stack.length > 0)
      for (const o of (users.get(stack.pop()!) ?? []).flatMap((n) => n.outputs)) {
        if (o === e.structure.target) return false;
        if (!seen.has(o)) {
          seen.add(o);
          stack.push(o);
        }
      }
    return true;
  };
}

/** Tells whether another tensor of the layer that a parameter belongs to gets a gradient. */
function hasMovedSibling(e: Evidence, name: string, moved: readonly Parameter[]): boolean {
  const layer = modulesOfParameter(name).join(".");
  return layer !== "" && moved.some((p) => p.name !== name && p.value.shape.length > 1 && modulesOfParameter(p.name).join(".") === layer);
}

/** Returns the weights of the head that are zero and get a gradient themselves. */
function zeroHead(e: Evidence, moved: readonly Parameter[]): string[] {
  const head = new Set(e.structure.blocks.flatMap((b) => (b.role === "head" ? b.weights : [])));
  return moved.filter((p) => head.has(p.name) && p.value.shape.length > 1 && isZero(p.value)).map((p) => p.name);
}

/** Tells whether a float is no weight but part of the computation: a Constant's value, or a mask of 0 and 1, or of 0 and something very negative. */
function isData(e: Evidence, { name, value }: Parameter): boolean {
  if (e.bound.candidates.get(name)?.constant === true) return true;
  const kinds = new Set<number>();
  for (let i = 0; i < value.data.length && kinds.size < 3; i++) kinds.add(value.data[i]!);
  const other = [...kinds].find((v) => v !== 0);
  return kinds.size === 2 && kinds.has(0) && (other === 1 || other! <= -1e4);
}
