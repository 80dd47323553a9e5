import * as z from "zod";
import { batchMean, collapseAt } from "../probe/check-readings.js";
import { blockName, stretchSite } from "../structure/block-site.js";
import { decimals, percent, plural, sentences } from "../util/format.js";
import { optionalReal, real, whole } from "../util/json.js";
import type { Evidence } from "./evidence.js";
import { factsOf, findingRule } from "./rule.js";
import type { FindingRule } from "./rule.js";
import { decision, normCaveat } from "./shared/fact-schemas.js";
import { normCaveatOf } from "./shared/norm-caveat.js";
import { bodyOf } from "./shared/profile.js";

/** Beyond these the examples have collapsed. */
const COLLAPSED = { centredShare: 0.05, cosine: 0.98 } as const;
/** In fewer blocks than this a common mean is mostly that of biases as they start, which the first steps move. */
export const DEEP = 10;
/** So many positions in a row, or all up to the body's end: a stretch that the next norm undoes is none. */
const IN_A_ROW = 3;

/** How alike the examples are, mean over the batches. */
interface Likeness {
  readonly cosine: number;
  readonly share: number;
}

/** Examples become alike on their way through the body: what tells them apart is lost although the gradient may look flat. */
export const collapse: FindingRule = findingRule({
  id: "collapse",
  facts: factsOf({
    positions: whole.meta({ description: "Boundaries of blocks in a row at which the examples are alike." }),
    begins: z.string().nullable().meta({ description: "The block after which they are; null for the beginning of the body." }),
    cosineFirst: real.meta({ description: "Mean cosine between examples at the first of these boundaries." }),
    cosineLast: real.meta({ description: "The same at the last." }),
    shareLast: real.meta({ description: "Share of mean x² that differs between examples at the last." }),
    blocksToLast: whole.meta({ description: "Blocks of the body before the last boundary." }),
    bodyBlocks: whole,
    cosineInputs: optionalReal.meta({ description: "Mean cosine between the inputs; null unless they are already alike." }),
    shortcuts: z.boolean().meta({ description: "Whether most blocks of the stretch are forks, whose shortcuts carry the common mean." }),
    decision,
    normCaveat,
  }),
  examine: (e) => {
    const blocks = bodyOf(e);
    if (blocks.length === 0 || e.examples < 2 || e.nonFinite?.reaches) return [];
    const cuts = [blocks[0]!.from, ...blocks.map((b) => b.to)];
    const along = cuts.map((cut) => likenessAt(e, cut));
    const bad = along.map((r) => r !== undefined && (r.share < COLLAPSED.centredShare || r.cosine > COLLAPSED.cosine));
    let end = bad.length;
    while (end > 0 && !bad[end - 1]) end--;
    let begin = end;
    while (begin > 0 && bad[begin - 1]) begin--;
    const length = end - begin;
    if (length === 0 || (length < IN_A_ROW && end < bad.length)) return [];
    const [first, last] = [along[begin]!, along[end - 1]!];
    const source = likenessAt(e, 0);
    const given = source !== undefined && (source.share < COLLAPSED.centredShare || source.cosine > COLLAPSED.cosine);
    // Beside a shortcut the branches see what their norms leave; a common mean on the trunk (positions, biases) hides nothing from them.
    const stretch = blocks.slice(Math.max(0, begin - 1), end - 1);
    const forked = !given && 2 * stretch.filter((b) => b.kind === "plain").length < stretch.length;
    const collapsed = begin === 0 ? blocks.slice(0, Math.max(1, end - 1)) : blocks.slice(begin - 1, end - 1);
    return [
      {
        // Deep plain networks have it and train: what becomes of it is for training to say.
        severity: "info",
        site: stretchSite(e.structure, e.bound.graph, collapsed),
        facts: {
          positions: length,
          begins: begin === 0 ? null : blockName(e.structure, blocks[begin - 1]!),
          cosineFirst: first.cosine,
          cosineLast: last.cosine,
          shareLast: last.share,
          blocksToLast: end - 1,
          bodyBlocks: blocks.length,
          cosineInputs: given ? source.cosine : null,
          shortcuts: forked,
          decision: e.verdict.decision,
          normCaveat: normCaveatOf(e),
        },
      },
    ];
  },
  words: ({ facts: f }, style) => ({
    evidence: `the mean cosine between examples is ${f.positions === 1 ? "" : `${decimals(f.cosineFirst, 3, style)} ${f.begins === null ? "at the body's beginning" : `after ${f.begins}`} and `}${decimals(f.cosineLast, 3, style)} after ${plural(f.blocksToLast, "block")}, and ${percent(f.shareLast, style)} of mean x² differs between them; the verdict is ${f.decision}${f.decision === "healthy" ? ": the gradient alone does not show it" : ""}`,
    why:
      f.cosineInputs !== null
        ? `The inputs are already alike (cosine ${decimals(f.cosineInputs, 3, style)}): their common mean outweighs what tells them apart.`
        : sentences(
            "Each layer with a ReLU (or strong bias) moves variance into the mean, so different examples end in nearly the same direction. The gradient can stay flat, but updates for all examples agree: the network learns a constant first, or nothing else.",
            f.bodyBlocks < DEEP ? `In ${plural(f.bodyBlocks, "block")} that is mostly the biases as they start, and the first steps move them.` : "",
          ),
    remedy:
      f.cosineInputs !== null
        ? "Subtract the data's mean and divide by its spread before the network. That costs nothing."
        : f.shortcuts
          ? "The shortcuts are there already, and the branches see what their norms leave of the common mean. Only where training stalls: smaller biases or position embeddings, or inputs without their mean."
          : "Shortcuts, or a norm per layer that removes the mean (BatchNorm; it makes gradients grow without shortcuts), or fewer layers; smaller biases where these dominate.",
  }),
});

/** Returns how alike the examples are at a cut; undefined where it is not known. */
function likenessAt(e: Evidence, cut: number): Likeness | undefined {
  const cosine = batchMean(e, (batch) => collapseAt(e, cut, batch).cosine ?? NaN);
  const share = batchMean(e, (batch) => collapseAt(e, cut, batch).centredShare ?? NaN);
  return Number.isFinite(cosine) && Number.isFinite(share) ? { cosine, share } : undefined;
}
