import { traitsOf } from "../ops/registry.js";
import { fork } from "./fork.js";
import type { Fork, Term } from "./fork.js";
import type { Link, ValueReader } from "./link.js";
import { productOf, scales, sumOf } from "./multiple.js";
import { isLayer } from "./node-kind.js";
import type { ViewNode } from "./node-kind.js";
import type { BlockKind, Skip } from "./types.js";

/** The classification of a link of the trunk. */
export interface LinkKind {
  readonly kind: BlockKind;
  readonly skip: Skip | null;
  readonly branchScale: number | null;
  readonly skipScale: number | null;
  /** Whether a block begins at this link: it applies a weight, or is a residual, gated or dense fork. */
  readonly opens: boolean;
  /** Nodes on the shortcut of a residual link. */
  readonly shortcut: ReadonlySet<ViewNode>;
  /** Nodes on the branch of a residual or dense link. */
  readonly branch: ReadonlySet<ViewNode>;
}

const PLAIN: Omit<LinkKind, "opens"> = { kind: "plain", skip: null, branchScale: null, skipScale: null, shortcut: new Set(), branch: new Set() };

const isChoice = (n: ViewNode | undefined): boolean => n !== undefined && traitsOf(n).chooses === true;

/** Classifies a link. Where it ends in a cut of several values, each is classified, and gated goes before residual before dense. */
export function classify(link: Link, read: ValueReader): LinkKind {
  const weighted = link.nodes.some(isLayer);
  if (link.nodes.length === 1) return { ...PLAIN, opens: weighted };
  const f = fork(link, read);
  const found = link.to.filter((v) => !f.from.has(v)).map((v) => ofValue(f, v));
  for (const kind of ["gated", "residual", "dense"] as const) {
    const best = found.find((k) => k?.kind === kind);
    if (best) return best;
  }
  // In a recurrent cell the gated sum of the state may be followed by an output gate, or by a Where that selects the sequences that have not ended.
  const hidden = link.from.length > 1 || link.to.some((v) => isChoice(f.maker(v)));
  if (hidden && link.nodes.some((n) => n.kind === "add" && gated(f, f.terms(n.outputs[0]!)))) return { ...PLAIN, kind: "gated", opens: true };
  return { ...PLAIN, kind: weighted ? "other" : "plain", opens: weighted };
}

function ofValue(f: Fork, value: string): LinkKind | undefined {
  const join = f.maker(value);
  if (!join) return undefined;
  if (join.kind === "concat") return dense(f, join);
  if (join.kind !== "add") return undefined;
  const terms = f.terms(value);
  return gated(f, terms) ? { ...PLAIN, kind: "gated", opens: true } : residual(f, terms);
}

/** A dense block: the Concat of its input with the output of its branch. */
function dense(f: Fork, join: ViewNode): LinkKind | undefined {
  const kept = new Set(join.inputs.filter((v) => f.from.has(v) || (f.path(v)?.still ?? false)));
  const grown = join.inputs.filter((v) => !kept.has(v) && f.dependsOn(v, "weighted"));
  return kept.size > 0 && grown.length > 0 ? { ...PLAIN, kind: "dense", opens: true, branch: new Set(f.subtree(grown)) } : undefined;
}

/** Whether two terms are a gated sum: T·a + (1 − T)·b, two products with a gate each, or a + T·(b − a), where one of a and b is the block's input. */
function gated(f: Fork, terms: readonly Term[]): boolean {
  if (terms.length !== 2) return false;
  const factors = terms.map(({ value }) => {
    const n = f.maker(f.bare(value));
    if (n?.gated) return n.outputs;
    return n?.kind === "mul" && traitsOf(n).arithmetic === "product" ? n.inputs : undefined;
  });
  const [a, b] = factors;
  if (a && b) {
    const gateOf = (list: readonly string[]): string | undefined => list.find((v) => f.isGate(v) || f.maker(v)?.gated);
    const complement = a.some((v) => b.some((w) => f.areComplements(v, w)));
    const carries = [a, b].some((list) => list.some((v) => f.from.has(v) || f.path(v) !== undefined));
    return carries && (complement || (gateOf(a) !== undefined && gateOf(b) !== undefined));
  }
  const product = a ?? b;
  const base = f.bare((a ? terms[1] : terms[0])!.value);
  if (!product?.some((v) => f.isGate(v))) return false;
  const kept = (v: string): boolean => f.from.has(v) || (f.path(v)?.still ?? false);
  return product.some((v) => {
    const n = f.maker(f.bare(v));
    return (
      n !== undefined &&
      traitsOf(n).arithmetic === "difference" &&
      n.inputs.length === 2 &&
      f.bare(n.inputs[1]!) === base &&
      (kept(base) || kept(n.inputs[0]!))
    );
  });
}

/**
 * A residual block: a sum of a shortcut, on which there is no activation function, and a branch. Multiples of the input among the summands, such as x and
 * −½(x − x₀), are one shortcut.
 */
function residual(f: Fork, terms: readonly Term[]): LinkKind | undefined {
  const straight = terms.flatMap(({ value, sign }, i) => {
    const path = f.path(value);
    return path ? [{ i, sign, path, cost: 4 * path.weighted + 2 * path.norms + path.pools }] : [];
  });
  if (straight.length === 0) return undefined;
  const best = straight.reduce((x, y) => (y.cost < x.cost ? y : x));
  const multiples = best.cost === 0 ? straight.filter(({ path }) => path.multiple !== null) : [];
  const joined = multiples.length > 1 ? multiples : [best];
  const shortcuts = new Set(joined.map((s) => s.i));
  const branches = terms.filter((_, i) => !shortcuts.has(i)).map((t) => t.value);
  const isWeighted = (v: string): boolean => f.dependsOn(v, "weighted");
  const works = branches.some((v) =>
    best.cost === 0 ? isWeighted(v) || f.dependsOn(v, "norm") || f.dependsOn(v, "pool") : f.path(v) === undefined && isWeighted(v),
  );
  if (!works) return undefined;
  const main = branches[Math.max(0, branches.findIndex(isWeighted))];
  const [alone] = joined.length === 1 ? [best.path] : [];
  const sum = sumOf(joined.map(({ sign, path }) => productOf(path.multiple ?? 1, sign)));
  // What takes away all that it adds is no shortcut.
  if (!alone && sum === 0) return undefined;
  const scaled = alone ? alone.scaled : scales(sum);
  const factor = alone ? alone.factor : sum === "unknown" ? null : sum;
  return {
    kind: "residual",
    skip: best.cost > 0 ? "projection" : scaled ? "scaled" : "identity",
    branchScale: main === undefined ? null : f.factorAtEnd(main),
    skipScale: scaled ? factor : null,
    opens: true,
    shortcut: new Set(joined.flatMap((s) => s.path.nodes)),
    branch: new Set(f.subtree(branches)),
  };
}
