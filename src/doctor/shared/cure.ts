import * as z from "zod";
import { list, plural, rate } from "../../util/format.js";
import type { Style } from "../../util/format.js";
import { real } from "../../util/json.js";
import { DECISIONS } from "../../verdict/types.js";
import { factsOf } from "../rule.js";

/** What became of the verdict with one factor on all weights; null where none was tried. */
export const cureSchema = factsOf({ factor: real, verdict: z.enum(DECISIONS) })
  .nullable()
  .exactOptional()
  .meta({ description: "One factor on all weight matrices and kernels of the chain, and the verdict on it with that; null where none was tried." });

/** A factor that was tried, and the verdict with it. */
export interface CureFacts {
  readonly factor: number;
  readonly verdict: (typeof DECISIONS)[number];
}

/** Says whether one factor on all weights cures a chain: headline and remedies say it in the same words. Empty where none was tried. */
export function cureWords(cure: CureFacts | null | undefined, style: Style): string {
  if (cure === null || cure === undefined) return "";
  const factor = `×${rate(cure.factor, style)}`;
  return cure.verdict === "healthy"
    ? `One factor cures it: with ${factor} on all weight matrices and kernels of the chain the verdict is healthy (tried here).`
    : `No one factor on all weights cures it: the best of those tried here, ${factor}, leaves it ${cure.verdict}.`;
}

/** So many chains are told each by its name. */
const NAMED = 3;

/** A chain and the factor that was tried on it. */
interface TriedChain {
  readonly name: string;
  readonly cure?: CureFacts;
}

/**
 * Says of a network whether factors on the weights of its chains cure it, and of which chains; of a network of which one chain was tried in the words of its finding.
 * Empty where none was tried.
 */
export function curesWords(network: CureFacts | null, chains: readonly TriedChain[], style: Style): string {
  const tried = chains.flatMap(({ name, cure }) => (cure === undefined ? [] : [{ name, ...cure }]));
  const [first] = tried;
  if (network === null || first === undefined) return cureWords(network, style);
  const [cured, left] = [tried.filter((c) => c.verdict === "healthy"), tried.filter((c) => c.verdict !== "healthy")];
  const remains = network.verdict === "healthy" ? "" : `; the network is ${network.verdict} then`;
  if (tried.length === 1) {
    if (left.length === 1 || remains === "") return cureWords(first, style);
    return `One factor cures the chain: with ${factorsOf(tried, style)} on all its weight matrices and kernels it is healthy (tried here)${remains}.`;
  }
  const alike = new Set(tried.map((c) => rate(c.factor, style))).size === 1;
  const all = `all weight matrices and kernels of ${plural(tried.length, "chain")}`;
  if (left.length === 0) {
    const result = remains === "" ? "the verdict is healthy (tried here)" : `all of them are healthy (tried here)${remains}`;
    if (alike) return `One factor cures it: with ${factorsOf(tried, style)} on ${all} ${result}.`;
    return `One factor for each chain cures it: with ${factorsOf(tried, style)} on ${all} ${result}.`;
  }
  const rest = `${factorsOf(left, style)}, ${left.length === 1 ? "leaves" : "leave"} ${list(left.map((c) => `${c.name} ${c.verdict}`))}`;
  if (cured.length === 0)
    return `No one factor on all weights of a chain cures any of ${plural(tried.length, "chain")}: the best of those tried here, ${rest}.`;
  return `One factor cures ${list(cured.map((c) => c.name))}: ${factorsOf(cured, style)} on all weight matrices and kernels (tried here). No one factor cures the others: the best of those tried, ${rest}.`;
}

/** Writes the factors on some chains: the one that all have, that of each by its name, or of many the least and the greatest. */
function factorsOf(chains: readonly (CureFacts & TriedChain)[], style: Style): string {
  const factors = chains.map((c) => c.factor);
  const [least, greatest] = [Math.min(...factors), Math.max(...factors)].map((f) => rate(f, style));
  if (least === greatest) return `×${least!}`;
  return chains.length > NAMED ? `×${least!} to ×${greatest!}` : list(chains.map((c) => `×${rate(c.factor, style)} (${c.name})`));
}
