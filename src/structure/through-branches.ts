import { branchesOf } from "./branches.js";
import type { Link } from "./link.js";
import { isForked, layersOf } from "./series.js";
import type { Series } from "./series.js";

/** The fewest layers in series of a branch that may be a chain of its own, where another one has at least two. */
const FEWEST = 2;
/** The fewest where no other branch has two layers. */
const FEWEST_ALONE = 3;

/**
 * The forks of a network whose branches are chains of their own, however short: those that have no like beside them and begin at the network's input, end at
 * its output, or have branches longer than what else lies between its first and its last layer. The fork around them is no block that the network repeats.
 * A shortcut from the input helps as little as none, for no parameter gets the gradient that comes through it.
 */
export function throughBranches(links: readonly Link[], series: Series): readonly Link[] {
  const total = links.filter((l) => layersOf(l) > 0).length;
  let before = 0;
  return links.filter((link) => {
    const layers = layersOf(link);
    if (layers === 0) return false;
    const [own, after] = [before++, total - before];
    if (layers < FEWEST_ALONE || series.others(link) > 0) return false;
    const { longest } = branchesOf(link.nodes);
    const most = Math.max(...longest);
    if (isForked(series, link)) return own === 0 && most >= FEWEST_ALONE && series.kindOf(link).kind !== "gated";
    if (longest.length < 2 || (most < FEWEST_ALONE && longest.filter((n) => n >= FEWEST).length < 2)) return false;
    return own === 0 || after === 0 || most > Math.max(0, own - 1) + Math.max(0, after - 1);
  });
}
