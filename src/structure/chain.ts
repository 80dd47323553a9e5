import type { Link, ValueReader } from "./link.js";
import { clockOf } from "./node-kind.js";
import { WHOLE, hasThroughBranches, withPlaces } from "./through-branches.js";
import type { Around } from "./through-branches.js";
import { withoutSideEdges } from "./side-edges.js";
import { isForked, layersOf, seriesOf, upsamples } from "./series.js";
import type { Series } from "./series.js";
import { alongTime } from "./over-time.js";
import { timeSteps } from "./time-steps.js";
import { articulationNodes, longestPathInterior, stateCuts, subgraphBetween } from "./subgraph.js";
import type { Subgraph } from "./subgraph.js";

/**
 * Why a fork is replaced by the chain inside it. `recurrent`: several links share a weight, so that the chain runs along time; `long skip`: an upsampled
 * value is joined with an earlier one (U-Net); `blocks`: the fork contains many blocks.
 */
type Reason = "recurrent" | "long skip" | "blocks";

/** A large fork (`whole`) that was replaced by the chain inside it, or steps of time without one: links `begin` (inclusive) to `end` (exclusive). */
export interface Splice {
  readonly begin: number;
  readonly end: number;
  readonly whole: Link;
  readonly reason: Reason;
}

/** The links from a subgraph's source to its target, in series: each begins at the cut at which the one before it ends. */
export interface Chain {
  readonly links: readonly Link[];
  readonly splices: readonly Splice[];
}

/** The largest depth of nesting at which chains inside forks are looked for. */
const DEEPEST = 16;

const weightsOf = (link: Link): readonly string[] => link.nodes.flatMap((n) => clockOf(n) ?? []);
const isWeighted = (link: Link): boolean => layersOf(link) > 0;

/**
 * Divides a subgraph into links at its articulation nodes (vertex cuts of one value), and replaces large forks by the chains inside them. Linear in the
 * size of the subgraph, for each level of nesting.
 */
export function chainOf(subgraph: Subgraph, read: ValueReader, nesting = 0, around: Around = WHOLE): Chain {
  const links: Link[] = [];
  const splices: Splice[] = [];
  const wholes = articulationLinks(subgraph, nesting);
  const series = seriesOf(wholes, read);
  const all = subgraph.nodes.length;
  const placed = withPlaces(wholes, around);
  for (const { link: whole, around: own } of placed) {
    const through = hasThroughBranches(whole, own, series);
    const inner = nesting < DEEPEST && (through || maySplice(whole, all)) ? inside(whole, subgraph.values, read, own) : undefined;
    const reason = inner && (reasonToSplice(whole, inner, series, all, read) ?? (through ? "blocks" : undefined));
    if (!inner || reason === undefined) {
      links.push(whole);
      continue;
    }
    const offset = links.length;
    for (const s of inner.splices) splices.push({ ...s, begin: s.begin + offset, end: s.end + offset });
    for (const l of inner.links) links.push(l);
    splices.push({ begin: offset, end: reason === "recurrent" ? offset + behindSteps(inner.links) : links.length, whole, reason });
  }
  // Inside a spliced fork they are told with it.
  for (const { begin, end } of nesting === 0 ? timeSteps(links) : []) {
    if (splices.some((s) => s.begin < end && s.end > begin)) continue;
    const own = links.slice(begin, end);
    splices.push({
      begin,
      end,
      whole: { from: own[0]!.from, to: own[own.length - 1]!.to, nodes: own.flatMap((l) => l.nodes), nesting },
      reason: "recurrent",
    });
  }
  return { links, splices };
}

/** The links between the articulation nodes of a subgraph. */
function articulationLinks(subgraph: Subgraph, nesting: number): readonly Link[] {
  let begin = 0;
  let from = subgraph.source;
  return articulationNodes(subgraph).map((i) => {
    const nodes = subgraph.nodes.slice(begin, i + 1);
    const to = nodes[nodes.length - 1]!.outputs.find((o) => subgraph.values.has(o))!;
    const link: Link = { from: [from], to: [to], nodes, nesting };
    begin = i + 1;
    from = to;
    return link;
  });
}

/** The chain inside a fork: by cuts of several values, or along its longest path, whichever shows more blocks; undefined where there is neither. */
function inside(link: Link, values: ReadonlySet<string>, read: ValueReader, around: Around): Chain | undefined {
  const subgraph: Subgraph = { source: link.from[0]!, target: link.to[0]!, nodes: link.nodes, values };
  const steps = stepsIn(subgraph, link, read);
  if (steps) return steps;
  const states = stateChain(subgraph, link);
  if (!states) return along(subgraph, link, read, around, 0);
  const forks = forksOf(states.links, read);
  // Where the cuts of several values divide most of the fork, the longest path replaces them only if it shows more blocks.
  const most = 2 * states.links.slice(1, -1).reduce((n, l) => n + l.nodes.length, 0) > link.nodes.length;
  const path = along(subgraph, link, read, around, most ? forks : 0);
  return path && forksOf(path.links, read) > forks ? path : states;
}

/** The chain of steps over time in a fork; undefined where it shows no steps. */
function stepsIn(subgraph: Subgraph, link: Link, read: ValueReader): Chain | undefined {
  const found = alongTime(subgraph);
  if (!found) return undefined;
  const chain = chainOf(found.own, read, link.nesting + 1);
  const ticks = found.own.nodes.filter((n) => clockOf(n) === found.clock).length;
  const steps = chain.links.filter((l) => weightsOf(l).includes(found.clock)).length;
  return 2 * steps >= ticks ? chain : undefined;
}

/** Counts the links that are residual, gated or dense. */
function forksOf(links: readonly Link[], read: ValueReader): number {
  const series = seriesOf(links, read);
  return links.filter((l) => isForked(series, l)).length;
}

/** The chain by cuts of several values; undefined where there are none. */
function stateChain(subgraph: Subgraph, link: Link): Chain | undefined {
  const cuts = stateCuts(subgraph);
  if (cuts.length === 0) return undefined;
  const nesting = link.nesting + 1;
  const links: Link[] = [];
  let [begin, from]: [number, readonly string[]] = [0, link.from];
  for (const cut of cuts) {
    links.push({ from, to: cut.values, nodes: link.nodes.slice(begin, cut.after + 1), nesting });
    [begin, from] = [cut.after + 1, cut.values];
  }
  links.push({ from, to: link.to, nodes: link.nodes.slice(begin), nesting });
  return { links, splices: [] };
}

/**
 * The chain along the longest path of a fork. The edges from its source are left out (inputs fed at every time step), those into its target (outputs read at
 * every step), or both, and perhaps those that run beside its steps: whichever leaves the largest part of the fork in blocks, or else the most weights in series. So a first block that is whole with the
 * edges from the source stays whole. Undefined where it shows fewer than `fewest` blocks.
 */
function along(subgraph: Subgraph, link: Link, read: ValueReader, around: Around, fewest: number): Chain | undefined {
  const ends = longestPathInterior(subgraph);
  if (!ends) return undefined;
  const [first, last] = ends;
  const without = withoutSideEdges(subgraph);
  const options = [link.nodes, ...(without ? [without] : [])]
    .flatMap((nodes) =>
      (
        [
          [first, last],
          [first, subgraph.target],
          [subgraph.source, last],
        ] as const
      ).map(([from, to]) => ({ from, to, whole: nodes === link.nodes, own: subgraphBetween(nodes, from, to) })),
    )
    .map(({ from, to, whole, own }) => {
      const links = articulationLinks(own, 0);
      const series = seriesOf(links, read);
      // A link with more than a third of the nodes is too large to count as a block, unless it is one of several.
      const blocks = links.filter((l) => isForked(series, l) && (3 * l.nodes.length <= own.nodes.length || series.hasPeer(l)));
      const held = blocks.length > 1 ? blocks.reduce((n, l) => n + l.nodes.length, 0) : 0;
      return { from, to, whole, own, held, blocks: held > 0 ? blocks.length : 0, weighted: links.filter(isWeighted).length };
    });
  const best = options.reduce((x, y) => (y.held > x.held || (y.held === x.held && y.whole && y.weighted > x.weighted) ? y : x));
  if (best.blocks < fewest) return undefined;
  const nesting = link.nesting + 1;
  const before: Link[] =
    best.from === subgraph.source ? [] : [{ from: link.from, to: [first], nodes: [link.nodes.find((n) => n.outputs.includes(first))!], nesting }];
  const inner = chainOf(best.own, read, nesting, { ...around, before: around.before + before.filter(isWeighted).length });
  const after: Link[] = best.to === subgraph.target ? [] : [{ from: [last], to: link.to, nodes: [link.nodes[link.nodes.length - 1]!], nesting }];
  return {
    links: [...before, ...inner.links, ...after],
    splices: inner.splices.map((s) => ({ ...s, begin: s.begin + before.length, end: s.end + before.length })),
  };
}

/** Whether a fork is a candidate for splicing; otherwise the chain inside it is not looked for. `all`: nodes of the whole subgraph. */
function maySplice(whole: Link, all: number): boolean {
  if (whole.nodes.length < 4) return false;
  const weights = weightsOf(whole);
  return weights.length >= 4 || new Set(weights).size < weights.length || (weights.length > 0 && (upsamples(whole) || 2 * whole.nodes.length > all));
}

/** How many links there are up to the last that has a weight of another one: what follows these steps, such as attention behind a decoder, is none. */
function behindSteps(links: readonly Link[]): number {
  const seen = new Set<string>();
  let end = 0;
  links.forEach((link, i) => {
    const own = new Set(weightsOf(link));
    if ([...own].some((w) => seen.has(w))) end = i + 1;
    for (const w of own) seen.add(w);
  });
  return end;
}

/** The reason to replace a fork by the chain inside it; undefined where there is none. `all`: nodes of the whole subgraph. */
function reasonToSplice(whole: Link, inner: Chain, series: Series, all: number, read: ValueReader): Reason | undefined {
  const small = 2 * whole.nodes.length <= all;
  const weighted = inner.links.filter(isWeighted);
  const { kind, skip } = series.kindOf(whole);
  if (behindSteps(weighted) > 0) {
    // x + F(x) where F applies one weight several times (a Runge–Kutta step) is one block of the trunk, not a recurrent network.
    return kind === "residual" && skip === "identity" && small ? undefined : "recurrent";
  }
  const join = whole.nodes[whole.nodes.length - 1]!;
  const joins = (join.kind === "concat" || join.kind === "add") && join.inputs.includes(whole.from[0]!);
  const up = upsamples(whole);
  // A U-Net has one long skip at each of its levels. Several residual forks in series that go down and up are blocks around U-Nets.
  if (up && kind === "residual" && series.hasPeer(whole)) return undefined;
  if (weighted.length >= 1 && joins && up) return "long skip";
  const forks = forksOf(inner.links, read);
  if (isOneBlock(whole, forks, small, series)) return undefined;
  if (weighted.length >= 8 || (weighted.length >= 4 && !small)) return "blocks";
  // An hourglass of which the long skip is a residual block x + F(x) adds to x, too, what comes up from below: another branch of that block.
  const branch = up && skip === "identity";
  return (kind === "other" || !(small || branch)) && forks >= 2 ? "blocks" : undefined;
}

/**
 * Whether a fork is one block, however many layers its branch has: one of several in series, or a part of a chain of layers. One around most of the network,
 * as in a network that adds its input to its output, is none, and none is one of which the inside shows more blocks than there are beside it. `forks`: those inside.
 */
function isOneBlock(whole: Link, forks: number, small: boolean, series: Series): boolean {
  const { kind } = series.kindOf(whole);
  if (kind === "other") return forks < 2 && series.hasPeer(whole);
  if (series.hasPeer(whole)) return true;
  if (upsamples(whole)) return false;
  const others = series.others(whole);
  return others > 0 ? forks <= others : small && forks < 2;
}
