import { traitsOf } from "../ops/registry.js";
import type { Chain } from "./chain.js";
import type { Link, ValueReader } from "./link.js";
import { classify } from "./classify.js";
import type { LinkKind } from "./classify.js";
import { factorOf } from "./factor.js";
import { clockOf, isLayer } from "./node-kind.js";
import type { ViewNode } from "./node-kind.js";
import type { Block, NormSite, WeightFamily } from "./types.js";

/** The most layers that a head has after its pooling, as those of AlexNet, VGG and PointNet have. */
const LONGEST_HEAD = 3;

/** The most layers that a stem has before the first fork, as those of MobileNetV2 and EfficientNet. */
const LONGEST_STEM = 6;

/** Which of its ends a chain has in common with a whole network. */
export interface Ends {
  /** Whether it begins at an input, so that its first layers are a stem. */
  readonly stem: boolean;
  /** Whether it ends at what the loss is computed from, so that its last layer is a classifier. */
  readonly head: boolean;
}

/** The ends of the main trunk. */
export const WHOLE_NETWORK: Ends = { stem: true, head: true };

interface Stretch {
  readonly from: number;
  to: number;
}

/** Divides a chain into blocks: a boundary lies before each link that opens a block, and before the head. */
export function blocksOf(chain: Chain, read: ValueReader, ends: Ends): readonly Block[] {
  const { links } = chain;
  const kinds = links.map((l) => classify(l, read));
  const starts = atForks(chain, boundaries(links, kinds), kinds);
  const stretches = starts.map((from, i): Stretch => ({ from, to: starts[i + 1] ?? links.length }));
  const last = headStart(links, kinds, starts);
  // Off the main trunk a pooling or a selection begins a head, as before a projection to an embedding, but a last layer alone is none.
  const head = ends.head || (last < links.length && gathers(links[last]!.nodes[0]!)) ? last : links.length;
  const steps = links.map(() => false);
  for (const { begin, end, reason } of chain.splices) if (reason === "recurrent") steps.fill(true, begin, end);
  const forks = stretches.map((s) => kinds.slice(s.from, s.to).some((k) => k.opens && k.kind !== "plain"));
  const leading = forks.indexOf(true);
  // Many plain layers before the first residual, gated or dense block are part of the body, not a stem.
  const stem = !ends.stem || leading === 0 ? 0 : leading > 1 && leading <= LONGEST_STEM && 4 * leading <= stretches.length ? leading : 1;
  return stretches.map((s, i) => {
    const role = s.from >= head && i > 0 ? "head" : i < stem ? "stem" : "body";
    return blockOf(links, kinds, s, role, steps, read);
  });
}

/** The indices of the links before which a boundary lies, 0 among them, ascending. */
function boundaries(links: readonly Link[], kinds: readonly LinkKind[]): number[] {
  if (links.length === 0) return [];
  const openers = kinds.flatMap((k, i) => (k.opens ? [i] : []));
  const starts = new Set([0]);
  openers.forEach((at, i) => {
    const leading = at > 0 && i === 0 && kinds[at]!.kind === "plain";
    if (!leading) starts.add(at);
  });
  for (const at of leadingNorms(links, kinds, openers)) {
    starts.delete(at.opener);
    starts.add(at.norm);
  }
  const sorted = [...starts].sort((a, b) => a - b);
  const head = headStart(links, kinds, sorted);
  if (head > 0 && head < links.length && !starts.has(head)) {
    // Pooling and picking a part belong to the block of the classifier after them.
    const next = sorted.find((s) => s > head);
    if (next !== undefined) sorted.splice(sorted.indexOf(next), 1);
    sorted.push(head);
    sorted.sort((a, b) => a - b);
  }
  return sorted;
}

/**
 * Moves boundaries to where a spliced fork begins, where nothing but links without weights lies between: a pooling behind the value that a long skip takes belongs to what it
 * leads to, and the block before ends with all of the gradient that comes back to that value.
 */
function atForks({ splices }: Chain, starts: readonly number[], kinds: readonly LinkKind[]): readonly number[] {
  const moved = new Set(starts);
  for (const { begin, end, reason } of splices) {
    const next = starts.find((s) => s > begin);
    if (reason === "recurrent" || moved.has(begin) || next === undefined || next >= end || kinds.slice(begin, next).some((k) => k.opens)) continue;
    moved.delete(next);
    moved.add(begin);
  }
  return [...moved].sort((a, b) => a - b);
}

const isKind = (link: Link, ...wanted: readonly ViewNode["kind"][]): boolean => link.nodes.length === 1 && wanted.includes(link.nodes[0]!.kind);

/**
 * Finds norms after a residual or dense block that belong to the plain block after it. Where most such blocks are followed by a norm (post-norm), each norm
 * belongs to the block before it. Where few are, it belongs to the weights that follow: a final norm before the classifier, a norm before downsampling.
 * `opener` is the link of these weights, `norm` the link at which their block begins instead.
 */
function leadingNorms(
  links: readonly Link[],
  kinds: readonly LinkKind[],
  openers: readonly number[],
): readonly { readonly norm: number; readonly opener: number }[] {
  const trailing = openers.flatMap((i, k) => {
    if (kinds[i]!.kind !== "residual" && kinds[i]!.kind !== "dense") return [];
    const end = openers[k + 1] ?? links.length;
    let norm = i + 1;
    while (norm < end && !isKind(links[norm]!, "norm")) norm++;
    return [{ i, end, norm: norm < end ? norm : undefined }];
  });
  const followed = trailing.filter((t) => t.norm !== undefined);
  if (2 * followed.length > trailing.length || trailing.length === 1) return [];
  return followed.flatMap(({ i, end }) => {
    if (kinds[end]?.kind !== "plain") return [];
    let begin = i + 1;
    while (isKind(links[begin]!, "activation", "scale", "shift")) begin++;
    return [{ norm: begin, opener: end }];
  });
}

/**
 * The link at which the head begins: the last pooling or the last selection of a part, if only plain layers follow it, and few; else the last layer. More
 * layers behind a pooling are no head: the pooling is then the end of one body and the begin of another.
 */
function headStart(links: readonly Link[], kinds: readonly LinkKind[], starts: readonly number[]): number {
  const openers = kinds.flatMap((k, i) => (k.opens ? [i] : []));
  const last = openers[openers.length - 1];
  if (last === undefined || kinds[last]!.kind !== "plain") return links.length;
  const own = starts.filter((s) => s <= last);
  let head = own[own.length - 1] ?? 0;
  for (let i = last - 1, layers = 1; i >= 0 && layers <= LONGEST_HEAD; i--) {
    const k = kinds[i]!;
    const node = links[i]!.nodes[0]!;
    if (k.opens && (k.kind !== "plain" || traitsOf(node).convolves)) break;
    if (k.opens) layers++;
    if (links[i]!.nesting > 0) break;
    if (links[i]!.nodes.length === 1 && gathers(node)) {
      // What is cut or pooled before any layer is the input, not what the layers made of it.
      if (i < openers[0]!) break;
      head = i;
      while (head > 0 && !kinds[head - 1]!.opens && links[head - 1]!.nodes.length === 1 && gathers(links[head - 1]!.nodes[0]!)) head--;
      break;
    }
  }
  const prepared = leadingNorms(links, kinds, openers).find((n) => n.norm < head && n.opener >= head);
  return prepared?.norm ?? head;
}

/** Whether a node pools, flattens or selects positions, as a head does first. */
const gathers = (n: ViewNode): boolean => n.kind === "pool" || traitsOf(n).moves === "selects";

function blockOf(
  links: readonly Link[],
  kinds: readonly LinkKind[],
  { from, to }: Stretch,
  role: Block["role"],
  steps: readonly boolean[],
  read: ValueReader,
): Block {
  const own = links.slice(from, to);
  const at = kinds.slice(from, to).findIndex((k) => k.opens);
  const main = at < 0 ? undefined : kinds[from + at];
  const nodes = own.flatMap((l) => l.nodes);
  const sites = own.flatMap((l, i) => l.nodes.flatMap((n) => normSite(n, l, kinds[from + i]!)));
  let { skip, branchScale, skipScale } = main ?? { skip: null, branchScale: null, skipScale: null };
  if (main?.kind === "residual" && skip !== "projection") {
    // A factor on the sum is a factor on the branch and on the shortcut.
    for (let i = at + 1; i < own.length && own[i]!.nodes.length === 1 && own[i]!.nodes[0]!.kind === "scale"; i++) {
      const by = factorOf(own[i]!.nodes[0]!, read);
      if (by === null) break;
      [skip, branchScale, skipScale] = ["scaled", (branchScale ?? 1) * by, (skipScale ?? 1) * by];
    }
  }
  return {
    from,
    to,
    kind: main?.kind ?? "plain",
    skip,
    branchScale,
    skipScale,
    branch: main ? branchOf(own[at]!, main) : null,
    norms: [...new Set(sites.map((s) => s.kind))],
    normSites: sites,
    nodes: nodes.flatMap((n) => n.nodes.map((m) => m.name)),
    weights: [...new Set(nodes.flatMap((n) => (n.weight === undefined ? [] : [n.weight])))],
    ...(nodes.some((n) => n.step) ? { clocks: [...new Set(nodes.flatMap((n) => clockOf(n) ?? []))] } : {}),
    family: familyOf(own, steps.slice(from, to)),
    nesting: own.reduce((n, l) => Math.max(n, l.nesting), 0),
    role,
  };
}

/** How links apply weights; `steps` tells of each whether it lies in a chain over time. */
function familyOf(links: readonly Link[], steps: readonly boolean[]): WeightFamily {
  const weighted = links.flatMap((l, i) => l.nodes.flatMap((n) => (isLayer(n) ? [{ n, step: steps[i]! }] : [])));
  if (weighted.length === 0) return "none";
  if (weighted.every((w) => w.step)) return "recurrent";
  return weighted.some((w) => w.n.slides) ? "convolution" : "matrix";
}

/** The value at which the branch of a fork leaves the trunk, and the nodes that take it there; null where a node lies on both branch and shortcut. */
function branchOf(link: Link, kind: LinkKind): Block["branch"] {
  const [from] = link.from;
  if (from === undefined || link.from.length > 1 || kind.branch.size === 0) return null;
  const users = [...kind.branch].filter((n) => n.inputs.includes(from));
  if (users.length === 0 || users.some((n) => kind.shortcut.has(n))) return null;
  return { from, users: users.flatMap((n) => n.nodes.filter((m) => m.inputs.includes(from)).map((m) => m.name)) };
}

function normSite(n: ViewNode, link: Link, kind: LinkKind): readonly NormSite[] {
  if (n.norm === undefined) return [];
  const where = link.nodes.length === 1 ? "trunk" : kind.shortcut.has(n) ? "shortcut" : "branch";
  const last = n.nodes[n.nodes.length - 1]!;
  return [{ kind: n.norm, where, node: last.origin?.node ?? last.name, inference: n.inference ?? false }];
}
