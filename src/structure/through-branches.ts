import { branchesOf } from "./branches.js";
import type { Link } from "./link.js";
import { layersOf } from "./series.js";
import type { Series } from "./series.js";

/** The fewest layers in series of a branch that may be a chain of its own, where another one has at least two. */
const FEWEST = 2;
/** The fewest where no other branch has two layers. */
const FEWEST_ALONE = 3;

/** How many links of a network have layers before something and behind it. */
export interface Around {
  readonly before: number;
  readonly after: number;
}

/** Nothing is around a whole network. */
export const WHOLE: Around = { before: 0, after: 0 };

/** Links in series, each with what is around it, where `around` is what is around all of them. */
export function withPlaces(links: readonly Link[], around: Around): readonly { readonly link: Link; readonly around: Around }[] {
  let { before } = around;
  let after = around.after + links.filter((l) => layersOf(l) > 0).length;
  return links.map((link) => {
    const own = layersOf(link) > 0 ? 1 : 0;
    after -= own;
    const place = { link, around: { before, after } };
    before += own;
    return place;
  });
}

/**
 * Whether the branches of a fork are chains of their own, however short: it has no like beside it, so that it is no block that the network repeats, and it
 * begins at the network's input, ends at its output, or has a longer branch than what else lies between the network's first and last layer. A shortcut from the
 * input is no help, for no parameter gets the gradient that comes through it.
 */
export function hasThroughBranches(link: Link, { before, after }: Around, series: Series): boolean {
  const all = layersOf(link);
  const atEnd = before === 0 || after === 0;
  const rest = atEnd ? 0 : before - 1 + (after - 1);
  if (all < FEWEST_ALONE || all <= rest || series.hasPeer(link)) return false;
  const { longest } = branchesOf(link.nodes);
  const most = Math.max(...longest);
  const { kind } = series.kindOf(link);
  if (kind !== "other") return before === 0 && most >= FEWEST_ALONE && kind !== "gated" && series.others(link) === 0;
  return most > rest && (longest.length > 1 ? most >= FEWEST : atEnd && most >= FEWEST_ALONE);
}
