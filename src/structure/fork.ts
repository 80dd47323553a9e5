import { traitsOf } from "../ops/registry.js";
import { factorOf, takesAway } from "./factor.js";
import { productOf, scales, sumOf } from "./multiple.js";
import type { Multiple } from "./multiple.js";
import type { Link, ValueReader } from "./link.js";
import type { ViewNode } from "./node-kind.js";

/** A path from a link's input that may be a shortcut: no activation function, only layout, factors, weights, norms and pooling. */
export interface Path {
  readonly nodes: readonly ViewNode[];
  readonly weighted: number;
  readonly norms: number;
  readonly pools: number;
  readonly scaled: boolean;
  /** Product of its known factors; null when one is not known. */
  readonly factor: number | null;
  /** By what it multiplies its input, with the signs of differences; null where it does more than that and adding constants. */
  readonly multiple: Multiple | null;
  /** Whether it only moves all elements, so that it carries the input unchanged. */
  readonly still: boolean;
}

/** The kinds of nodes that make a block of a fork. */
export type Work = "weighted" | "norm" | "pool";

/** A summand of a sum. */
export interface Term {
  readonly value: string;
  /** Minus where it is taken away. */
  readonly sign: 1 | -1;
}

/** Queries about the nodes of a link, which is a fork where several paths leave its input and join again. */
export interface Fork {
  readonly from: ReadonlySet<string>;
  /** The node of the link that computes a value. */
  maker(value: string): ViewNode | undefined;
  /** The summands of a value, through nested sums that nothing else uses. */
  terms(value: string): readonly Term[];
  path(value: string): Path | undefined;
  /** The nodes of the link that some of the values depend on. */
  subtree(values: readonly string[]): readonly ViewNode[];
  /** Whether a node of a kind is among those of the link that a value depends on. */
  dependsOn(value: string, kind: Work): boolean;
  /** The value before nodes that only move its elements. */
  bare(value: string): string;
  /** Whether a value is a gate: a sigmoid, or one minus a value of the link. */
  isGate(value: string): boolean;
  areComplements(a: string, b: string): boolean;
  /** The product of the known factors by which a value was multiplied last; null where there is none. */
  factorAtEnd(value: string): number | null;
}

/** Answers queries about a link; values of constants are read by `read`. */
export function fork(link: Link, read: ValueReader): Fork {
  const from = new Set(link.from);
  const makers = new Map<string, ViewNode>();
  const users = new Map<string, number>();
  for (const n of link.nodes) {
    for (const o of n.outputs) makers.set(o, n);
    for (const v of n.inputs) users.set(v, (users.get(v) ?? 0) + 1);
  }
  const maker = (v: string): ViewNode | undefined => (from.has(v) ? undefined : makers.get(v));
  /** The activation of the link that a node takes; undefined where it takes several. */
  const only = (n: ViewNode): string | undefined => {
    const own = new Set(n.inputs.filter((v) => from.has(v) || makers.has(v)));
    return own.size === 1 ? [...own][0] : undefined;
  };

  const terms = (value: string): readonly Term[] => {
    const result: Term[] = [];
    const stack: Term[] = [{ value, sign: 1 }];
    while (stack.length > 0) {
      const term = stack.pop()!;
      const n = maker(term.value);
      if (n?.kind === "add" && (term.value === value || users.get(term.value) === 1)) {
        n.inputs.forEach((_, k) => {
          const i = n.inputs.length - 1 - k;
          stack.push({ value: n.inputs[i]!, sign: takesAway(n, i) ? (-term.sign as 1 | -1) : term.sign });
        });
      } else result.push(term);
    }
    return result;
  };

  const path = (value: string): Path | undefined => {
    const nodes: ViewNode[] = [];
    const counts = { weighted: 0, norm: 0, pool: 0 };
    let [scaled, factor, multiple]: [boolean, number | null, Multiple | null] = [false, 1, 1];
    const times = (by: Multiple): void => {
      if (multiple !== null) multiple = productOf(multiple, by);
    };
    for (let v = value; !from.has(v);) {
      const n = makers.get(v);
      const next = n && only(n);
      if (!n || next === undefined) return undefined;
      nodes.push(n);
      switch (n.kind) {
        // The other operand of an add here comes from outside of the link.
        case "shift":
        case "add":
          times(sumOf(n.inputs.flatMap((own, i) => (own !== next ? [] : takesAway(n, i) ? [-1] : [1]))));
          break;
        case "layout":
        case "resample":
          if (!traitsOf(n).casts) multiple = null;
          break;
        case "weighted":
        case "norm":
        case "pool":
          counts[n.kind]++;
          multiple = null;
          break;
        case "scale": {
          scaled = true;
          const by = factorOf(n, read);
          factor = factor === null || by === null ? null : factor * by;
          times(factorOf(n, read, true) ?? "unknown");
          break;
        }
        default:
          if (n.multiple === undefined) return undefined;
          scaled ||= scales(n.multiple);
          factor = factor === null || n.multiple === "unknown" ? null : factor * n.multiple;
          times(n.multiple);
      }
      v = next;
    }
    return {
      nodes,
      weighted: counts.weighted,
      norms: counts.norm,
      pools: counts.pool,
      scaled,
      factor,
      multiple,
      still: nodes.every((n) => n.kind === "layout" && traitsOf(n).moves !== "selects"),
    };
  };

  const subtree = (values: readonly string[]): readonly ViewNode[] => {
    const found = new Set<ViewNode>();
    for (const value of values) {
      const stack = [value];
      while (stack.length > 0) {
        const n = maker(stack.pop()!);
        if (!n || found.has(n)) continue;
        found.add(n);
        stack.push(...n.inputs);
      }
    }
    return [...found];
  };
  /** By kind, the values that depend on a node of it: found for all values at once, because a join over time asks for each step. */
  const dependent = new Map<Work, ReadonlySet<string>>();
  const dependsOn = (value: string, kind: Work): boolean => {
    let found = dependent.get(kind);
    if (!found) dependent.set(kind, (found = dependentOn(link, from, kind)));
    return found.has(value);
  };

  const bare = (value: string): string => {
    let v = value;
    for (let n = maker(v); n && n.kind === "layout" && n.inputs.length === 1; n = maker(v)) v = n.inputs[0]!;
    return v;
  };
  const complemented = (value: string): string | undefined => {
    const n = maker(bare(value));
    if (!n || n.kind !== "shift" || traitsOf(n).arithmetic !== "difference") return undefined;
    const [one, gate] = n.nodes[0]!.inputs;
    return gate !== undefined && n.inputs.includes(gate) && read(one!)?.[0] === 1 ? bare(gate) : undefined;
  };
  const isGate = (value: string): boolean => {
    const n = maker(bare(value));
    return (n !== undefined && (traitsOf(n).gate === true || (n.kind === "split" && isGate(n.inputs[0]!)))) || complemented(value) !== undefined;
  };

  return {
    from,
    maker,
    terms,
    path,
    subtree,
    dependsOn,
    bare,
    isGate,
    areComplements: (a, b) => complemented(a) === bare(b) || complemented(b) === bare(a),
    factorAtEnd: (value) => {
      let v = value;
      let found: number | null = null;
      for (let n = maker(v); n && (n.kind === "layout" || n.kind === "scale") && n.inputs.length === 1; n = maker(v)) {
        if (n.kind === "scale") {
          const by = factorOf(n, read);
          if (by === null) break;
          found = (found ?? 1) * by;
        }
        v = n.inputs[0]!;
      }
      return found;
    },
  };
}

/** The values of a link that depend on a node of a kind in it. Its nodes are in topological order. */
function dependentOn(link: Link, from: ReadonlySet<string>, kind: Work): ReadonlySet<string> {
  const found = new Set<string>();
  for (const n of link.nodes) {
    if (n.kind !== kind && !n.inputs.some((v) => found.has(v))) continue;
    for (const o of n.outputs) if (!from.has(o)) found.add(o);
  }
  return found;
}
