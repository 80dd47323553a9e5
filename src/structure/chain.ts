import { traitsOf } from "../ops/registry.js";
import { classify } from "./classify.js";
import type { Link, ValueReader } from "./link.js";
import { flowBetween, longestInside, narrowNodes, wideCuts } from "./flow.js";
import type { Flow } from "./flow.js";

/** One weight at several links, so that the network runs along time; what was downsampled joins what was upsampled; many blocks in a fork. */
type Reason = "recurrent" | "long skip" | "blocks";

/** The large fork that links `begin` (inclusive) to `end` (exclusive) of a chain were spliced out of. */
export interface Splice {
  readonly begin: number;
  readonly end: number;
  readonly whole: Link;
  readonly reason: Reason;
}

/** The links from a flow's source to its target, each beginning where the one before it ends. */
export interface Chain {
  readonly links: readonly Link[];
  readonly splices: readonly Splice[];
}

/** Chains inside chains are looked for this deep. */
const DEEPEST = 16;

const weightsOf = (link: Link): readonly string[] => link.nodes.flatMap((n) => (n.weight === undefined ? [] : [n.weight]));
const isWeighted = (link: Link): boolean => link.nodes.some((n) => n.kind === "weighted");

/** The chain of a flow's smallest cuts, with the chains inside its large forks spliced in. Linear in the flow, for each level of nesting. */
export function chainOf(flow: Flow, read: ValueReader, nesting = 0): Chain {
  const links: Link[] = [];
  const splices: Splice[] = [];
  for (const whole of narrowLinks(flow, nesting)) {
    const inner = nesting < DEEPEST && maySplice(whole, flow.nodes.length) ? inside(whole, flow.values, read) : undefined;
    const reason = inner && reasonToSplice(whole, inner, flow.nodes.length, read);
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

/** The links between the narrow places of a flow. */
function narrowLinks(flow: Flow, nesting: number): readonly Link[] {
  let begin = 0;
  let from = flow.source;
  return narrowNodes(flow).map((i) => {
    const nodes = flow.nodes.slice(begin, i + 1);
    const to = nodes[nodes.length - 1]!.outputs.find((o) => flow.values.has(o))!;
    const link: Link = { from: [from], to: [to], nodes, nesting };
    begin = i + 1;
    from = to;
    return link;
  });
}

/** The chain inside a fork: of cuts of several values, or along its longest path; the one with more blocks. */
function inside(link: Link, values: ReadonlySet<string>, read: ValueReader): Chain | undefined {
  const flow: Flow = { source: link.from[0]!, target: link.to[0]!, nodes: link.nodes, values };
  const states = wide(flow, link);
  if (!states) return along(flow, link, read, 0);
  const forks = forksOf(states.links, read);
  // States that run through most of it are the answer, but for a path that shows more blocks at once.
  const most = 2 * states.links.slice(1, -1).reduce((n, l) => n + l.nodes.length, 0) > link.nodes.length;
  const path = along(flow, link, read, most ? forks : 0);
  return path && forksOf(path.links, read) > forks ? path : states;
}

/** How many links of a chain are residual, gated or dense. */
const forksOf = (links: readonly Link[], read: ValueReader): number =>
  links.filter((l) => ["residual", "gated", "dense"].includes(classify(l, read).kind)).length;

function wide(flow: Flow, link: Link): Chain | undefined {
  const cuts = wideCuts(flow);
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
 * Along the longest path, with the edges from the source left out (inputs fed at every step), those into the target (outputs read at every
 * step), or both: whichever leaves the most blocks, or else the most weights one after another. Undefined
 * when it leaves less than `fewest` blocks.
 */
function along(flow: Flow, link: Link, read: ValueReader, fewest: number): Chain | undefined {
  const ends = longestInside(flow);
  if (!ends) return undefined;
  const [first, last] = ends;
  const options = (
    [
      [first, last],
      [first, flow.target],
      [flow.source, last],
    ] as const
  ).map(([from, to]) => {
    const own = flowBetween(link.nodes, from, to);
    const links = narrowLinks(own, 0);
    // A fork that holds much of it is no block yet.
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
    best.from === flow.source ? [] : [{ from: link.from, to: [first], nodes: [link.nodes.find((n) => n.outputs.includes(first))!], nesting }];
  const after: Link[] = best.to === flow.target ? [] : [{ from: [last], to: link.to, nodes: [link.nodes[link.nodes.length - 1]!], nesting }];
  return {
    links: [...before, ...inner.links, ...after],
    splices: inner.splices.map((s) => ({ ...s, begin: s.begin + before.length, end: s.end + before.length })),
  };
}

const upsamples = (link: Link): boolean => link.nodes.some((n) => n.kind === "resample" || traitsOf(n).convolves === "transposed");

/** Whether there may be a reason to splice a fork: the chain inside is not looked for otherwise. */
function maySplice(whole: Link, all: number): boolean {
  if (whole.nodes.length < 4) return false;
  const weights = weightsOf(whole);
  return weights.length >= 4 || new Set(weights).size < weights.length || (weights.length > 0 && (upsamples(whole) || 2 * whole.nodes.length > all));
}

/** Whether some weight is at several links. */
function repeats(weighted: readonly Link[]): boolean {
  const seen = new Set<string>();
  for (const link of weighted) {
    const own = new Set(weightsOf(link));
    for (const w of own) if (seen.has(w)) return true;
    for (const w of own) seen.add(w);
  }
  return false;
}

/** Why a fork is replaced by the chain inside it, if it is. */
function reasonToSplice(whole: Link, inner: Chain, all: number, read: ValueReader): Reason | undefined {
  const weighted = inner.links.filter(isWeighted);
  const kind = classify(whole, read);
  if (repeats(weighted)) {
    // x + F(x) where F applies one weight several times (a Runge–Kutta step) is a step of its trunk, not a time of its own.
    return kind.kind === "residual" && kind.skip === "identity" && 2 * whole.nodes.length <= all ? undefined : "recurrent";
  }
  const join = whole.nodes[whole.nodes.length - 1]!;
  const joins = (join.kind === "concat" || join.kind === "add") && join.inputs.includes(whole.from[0]!);
  if (weighted.length >= 1 && joins && upsamples(whole)) return "long skip";
  if (weighted.length >= 8 || (weighted.length >= 4 && whole.nodes.length > all / 2)) return "blocks";
  return kind.kind === "other" && forksOf(inner.links, read) >= 2 ? "blocks" : undefined;
}
