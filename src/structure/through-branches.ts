import { branchesOf } from "./branches.js";
import type { Link } from "./link.js";
import { isForked, layersOf } from "./series.js";
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
  if (layersOf(link) < FEWEST_ALONE) return false;
  const most = before === 0 || after === 0 ? 0 : Math.max(0, before - 1) + Math.max(0, after - 1);
  if (layersOf(link) <= most || series.others(link) > 0) return false;
  const { longest } = branchesOf(link.nodes);
  const layers = Math.max(...longest);
  const { kind } = series.kindOf(link);
  if (isForked(series, link)) return before === 0 && layers >= FEWEST_ALONE && kind !== "gated";
  const several = longest.length > 1 && (layers >= FEWEST_ALONE || longest.filter((n) => n >= FEWEST).length > 1);
  return kind === "other" && layers > most && (several || (after === 0 && layers >= FEWEST_ALONE));
}
