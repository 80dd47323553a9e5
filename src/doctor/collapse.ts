import type { Evidence, FindingRule } from "./evidence.js";
import { isUnlikeTraining, normCaveat } from "./shared/norms.js";
import { blockName, isOverTime, stretchName } from "./shared/module-path.js";
import { bodyOf } from "./shared/profile.js";
import { figure, percent, plural, sentences } from "./shared/words.js";
import { mean } from "../math/statistics.js";

/** Beyond these the examples have collapsed. */
export const COLLAPSED = { centredShare: 0.05, cosine: 0.98 } as const;
/** From this share on it is a warning: trained VGGs of 16 layers without a norm start between the two. */
export const SEVERE = 0.02;
/** In fewer blocks than this a common mean is mostly that of biases as they start, which the first steps move. */
export const DEEP = 10;
/** So many positions in a row, or all up to the body's end: a place that the next norm undoes is none. */
const IN_A_ROW = 3;

interface Reading {
  readonly cosine: number;
  readonly share: number;
}

/** Examples become alike on their way through the body: what tells them apart is lost although the gradient may look flat. */
export const collapse: FindingRule = {
  id: "collapse",
  examine: (c) => {
    const blocks = bodyOf(c);
    if (blocks.length === 0 || c.examples < 2 || c.nonFinite) return [];
    const cuts = [blocks[0]!.from, ...blocks.map((b) => b.to)];
    const readings = cuts.map((cut) => readingAt(c, cut));
    const bad = readings.map((r) => r !== undefined && (r.share < COLLAPSED.centredShare || r.cosine > COLLAPSED.cosine));
    let end = bad.length;
    while (end > 0 && !bad[end - 1]) end--;
    let begin = end;
    while (begin > 0 && bad[begin - 1]) begin--;
    const length = end - begin;
    if (length === 0 || (length < IN_A_ROW && end < bad.length)) return [];
    const [first, last] = [readings[begin]!, readings[end - 1]!];
    const source = readingAt(c, 0);
    const given = source !== undefined && (source.share < COLLAPSED.centredShare || source.cosine > COLLAPSED.cosine);
    // States over time begin alike; what is fed at every step tells examples apart later.
    const recurrent = 2 * cuts.slice(begin, end).filter((cut) => isOverTime(c, cut)).length >= length;
    const shallow = blocks.length < DEEP && !given;
    const mild = last.share >= SEVERE && last.cosine <= COLLAPSED.cosine;
    // Beside a shortcut the branches see what their norms leave; a common mean on the trunk (positions, biases) hides nothing from them.
    const stretch = blocks.slice(Math.max(0, begin - 1), end - 1);
    const forked = !given && 2 * stretch.filter((b) => b.kind === "plain").length < stretch.length;
    const place = begin === 0 ? stretchName(c, blocks.slice(0, Math.max(1, end - 1))) : stretchName(c, blocks.slice(begin - 1, end - 1));
    return [
      {
        rule: "collapse",
        severity: recurrent || shallow || mild || forked || isUnlikeTraining(c) ? "info" : "warning",
        where: place,
        evidence: `mean cosine between examples ${length === 1 ? "" : `${figure(first.cosine)} ${begin === 0 ? "at the body's beginning" : `after ${blockName(c, blocks[begin - 1]!)}`} and `}${figure(last.cosine)} after ${plural(end - 1, "block")}; share that differs between examples ${percent(last.share)}; under ${profileWords(c)}`,
        why: given
          ? `The inputs are already alike (cosine ${figure(source.cosine)}): their common mean outweighs what tells them apart.`
          : sentences(
              "Each layer with a ReLU (or strong bias) moves variance into the mean, so different examples end in nearly the same direction. The gradient can stay flat, but updates for all examples agree: the network learns a constant first, or nothing else.",
              shallow ? `In ${plural(blocks.length, "block")} that is mostly the biases as they start, and the first steps move them.` : "",
              normCaveat(c),
            ),
        remedy: given
          ? "Subtract the data's mean and divide by its spread before the network. That costs nothing."
          : forked
            ? "The shortcuts are there already, and the branches see what their norms leave of the common mean. Only where training stalls: smaller biases or position embeddings, or inputs without their mean."
            : "Shortcuts, or a norm per layer that removes the mean (BatchNorm; it makes gradients grow without shortcuts), or fewer layers; smaller biases where these dominate.",
      },
    ];
  },
};

function readingAt(c: Evidence, cut: number): Reading | undefined {
  const all = c.measurements.map((m) => m.cuts[cut]!.collapse);
  const of = (read: (r: (typeof all)[number]) => number | null): number => mean(all.map((r) => read(r) ?? NaN));
  const reading = { cosine: of((r) => r.cosine), share: of((r) => r.centredShare) };
  return Number.isFinite(reading.cosine) && Number.isFinite(reading.share) ? reading : undefined;
}

function profileWords(c: Evidence): string {
  const { decision } = c.verdict;
  if (decision === "healthy") return "a healthy gradient profile, which alone would not show it";
  return decision === "undecided" ? "an undecided gradient profile" : `${decision === "exploding" ? "an" : "a"} ${decision} gradient profile`;
}
