import { traitsOf } from "../ops/registry.js";
import { classify } from "./classify.js";
import type { Link, ValueReader } from "./link.js";
import { articulationNodes, longestPathInterior, stateCuts, subgraphBetween } from "./subgraph.js";
import type { Subgraph } from "./subgraph.js";

/**
 * Why a fork is replaced by the chain inside it. `recurrent`: several links share a weight, so that the chain runs along time; `long skip`: an upsampled
 * value is joined with an earlier one (U-Net); `blocks`: the fork contains many blocks.
 */
type Reason = "recurrent" | "long skip" | "blocks";

/** A large fork (`whole`) that was replaced by the chain inside it: links `begin` (inclusive) to `end` (exclusive). */
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

const weightsOf = (link: Link): readonly string[] => link.nodes.flatMap((n) => (n.weight === undefined ? [] : [n.weight]));
const isWeighted = (link: Link): boolean => link.nodes.some((n) => n.kind === "weighted");

/**
 * Divides a subgraph into links at its articulation nodes (vertex cuts of one value), and replaces large forks by the chains inside them. Linear in the
 * size of the subgraph, for each level of nesting.
 */
export function chainOf(subgraph: Subgraph, read: ValueReader, nesting = 0): Chain {
  const links: Link[] = [];
  const splices: Splice[] = [];
  const wholes = articulationLinks(subgraph, nesting);
  let residual: number | undefined;
  const around: Surroundings = {
    nodes: subgraph.nodes.length,
    residual: () => (residual ??= wholes.filter((l) => classify(l, read).kind === "residual").length),
  };
  for (const whole of wholes) {
    const inner = nesting < DEEPEST && maySplice(whole, around.nodes) ? inside(whole, subgraph.values, read) : undefined;
    const reason = inner && reasonToSplice(whole, inner, around, read);
    if (!inner || reason === undefined) {
      links.push(whole);
      continue;
    }
    const offset = links.length;
    for (const s of inner.splices) splices.push({ ...s, begin: s.begin + offset, end: s.end + offset });
    for (const l of inner.links) links.push(l);
    splices.push({ begin: offset, end: links.length, whole, reason });
  }
  return { links, splices };
}

/** What a fork is seen among: the nodes of the whole subgraph, and how many of its links are residual. */
interface Surroundings {
  readonly nodes: number;
  residual(): number;
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
function inside(link: Link, values: ReadonlySet<string>, read: ValueReader): Chain | undefined {
  const subgraph: Subgraph = { source: link.from[0]!, target: link.to[0]!, nodes: link.nodes, values };
  const states = stateChain(subgraph, link);
  if (!states) return along(subgraph, link, read, 0);
  const forks = forksOf(states.links, read);
  // Where the cuts of several values divide most of the fork, the longest path replaces them only if it shows more blocks.
  const most = 2 * states.links.slice(1, -1).reduce((n, l) => n + l.nodes.length, 0) > link.nodes.length;
  const path = along(subgraph, link, read, most ? forks : 0);
  return path && forksOf(path.links, read) > forks ? path : states;
}

/** Counts the links that are residual, gated or dense. */
const forksOf = (links: readonly Link[], read: ValueReader): number =>
  links.filter((l) => ["residual", "gated", "dense"].includes(classify(l, read).kind)).length;

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
 * every step), or both: whichever shows the most blocks, or else the most weights in series. Undefined where it shows fewer than `fewest` blocks.
 */
function along(subgraph: Subgraph, link: Link, read: ValueReader, fewest: number): Chain | undefined {
  const ends = longestPathInterior(subgraph);
  if (!ends) return undefined;
  const [first, last] = ends;
  const options = (
    [
      [first, last],
      [first, subgraph.target],
      [subgraph.source, last],
    ] as const
  ).map(([from, to]) => {
    const own = subgraphBetween(link.nodes, from, to);
    const links = articulationLinks(own, 0);
    // A link with more than a third of the nodes is too large to count as a block.
    const blocks = forksOf(
      links.filter((l) => 3 * l.nodes.length <= own.nodes.length),
      read,
    );
    return { from, to, own, blocks: blocks > 1 ? blocks : 0, weighted: links.filter(isWeighted).length };
  });
  const best = options.reduce((x, y) => (y.blocks > x.blocks || (y.blocks === x.blocks && y.weighted > x.weighted) ? y : x));
  if (best.blocks < fewest) return undefined;
  const nesting = link.nesting + 1;
  const inner = chainOf(best.own, read, nesting);
  const before: Link[] =
    best.from === subgraph.source ? [] : [{ from: link.from, to: [first], nodes: [link.nodes.find((n) => n.outputs.includes(first))!], nesting }];
  const after: Link[] = best.to === subgraph.target ? [] : [{ from: [last], to: link.to, nodes: [link.nodes[link.nodes.length - 1]!], nesting }];
  return {
    links: [...before, ...inner.links, ...after],
    splices: inner.splices.map((s) => ({ ...s, begin: s.begin + before.length, end: s.end + before.length })),
  };
}

const upsamples = (link: Link): boolean => link.nodes.some((n) => n.kind === "resample" || traitsOf(n).convolves === "transposed");

/** Whether a fork is a candidate for splicing; otherwise the chain inside it is not looked for. `all`: nodes of the whole subgraph. */
function maySplice(whole: Link, all: number): boolean {
  if (whole.nodes.length < 4) return false;
  const weights = weightsOf(whole);
  return weights.length >= 4 || new Set(weights).size < weights.length || (weights.length > 0 && (upsamples(whole) || 2 * whole.nodes.length > all));
}

/** Whether several links share a weight. */
function repeats(weighted: readonly Link[]): boolean {
  const seen = new Set<string>();
  for (const link of weighted) {
    const own = new Set(weightsOf(link));
    for (const w of own) if (seen.has(w)) return true;
    for (const w of own) seen.add(w);
  }
  return false;
}

/** The reason to replace a fork by the chain inside it; undefined where there is none. */
function reasonToSplice(whole: Link, inner: Chain, around: Surroundings, read: ValueReader): Reason | undefined {
  const small = 2 * whole.nodes.length <= around.nodes;
  const weighted = inner.links.filter(isWeighted);
  const kind = classify(whole, read);
  if (repeats(weighted)) {
    // x + F(x) where F applies one weight several times (a Runge–Kutta step) is one block of the trunk, not a recurrent network.
    return kind.kind === "residual" && kind.skip === "identity" && small ? undefined : "recurrent";
  }
  const join = whole.nodes[whole.nodes.length - 1]!;
  const joins = (join.kind === "concat" || join.kind === "add") && join.inputs.includes(whole.from[0]!);
  const up = upsamples(whole);
  // A U-Net has one long skip at each of its levels. Several residual forks in series, of which this one has no blocks inside, are blocks around U-Nets.
  if (up && small && kind.kind === "residual" && around.residual() > 1 && forksOf(inner.links, read) < 2) return undefined;
  if (weighted.length >= 1 && joins && up) return "long skip";
  if (weighted.length >= 8 || (weighted.length >= 4 && !small)) return "blocks";
  return kind.kind === "other" && forksOf(inner.links, read) >= 2 ? "blocks" : undefined;
}
