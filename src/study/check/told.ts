import type { Evidence } from "../../doctor/evidence.js";
import { curesWords } from "../../doctor/shared/cure.js";
import { list, plural, sentences } from "../../util/format.js";
import { gravest } from "../../verdict/chains.js";

/**
 * Returns the verdict as reports begin with it, with the decision before it and without: that the norms were folded away, the verdict's own sentence, which of
 * several chains it is on, and whether factors on the weights of chains cure it.
 */
export function told(e: Evidence, graph: "training" | "inference"): { readonly sentence: string; readonly statement: string } {
  const lead = graph === "inference" ? "The norms were folded away: this is the inference graph, and what trains is another network." : "";
  // A verdict that is none of a chain is not told of one.
  const isOpen = e.verdict.decision === "undecided" && gravest(e.chains).verdict.decision === "healthy";
  const ofChain = e.verdict.decision !== "non-finite" && !isOpen;
  const rest = sentences(ofChain ? chainWords(e) : "", curesWords(e.cure, e.chains, "text"));
  return { sentence: sentences(lead, e.verdict.sentence, rest), statement: sentences(lead, e.verdict.statement, rest) };
}

/** Says which chain of several the verdict is on, and which others are not healthy; empty for a single one. */
function chainWords({ chains }: Evidence): string {
  const judged = chains.filter((c) => c.blocks.length > 0);
  if (judged.length < 2) return "";
  const worst = gravest(judged);
  const others = judged.filter((c) => c !== worst && c.verdict.decision !== "healthy").map((c) => `${c.name} (${c.verdict.decision})`);
  const also =
    others.length > 0
      ? `; of the others ${list(others)}`
      : worst.verdict.decision === "healthy"
        ? "; the others are healthy, too"
        : "; the others are healthy";
  return `That is the chain ${worst.name}, of ${plural(judged.length, "chain")}${also}.`;
}
