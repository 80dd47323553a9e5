import type { ViewNode } from "./node-kind.js";

/** The branches of a fork: layers of which one takes what comes from the other lie in one branch, those that meet only where no layer follows in several. */
export interface Branches {
  /** The most layers in series of each branch. */
  readonly longest: readonly number[];
  /** Whether some of the values come from one branch each, and not from the same. */
  areApart(values: readonly string[]): boolean;
}

/** Finds the branches among the nodes of a fork, which are in topological order. */
export function branchesOf(nodes: readonly ViewNode[]): Branches {
  /** By branch the one that it was found to be a part of. */
  const parts: number[] = [];
  const longest: number[] = [];
  const rootOf = (branch: number): number => {
    let root = branch;
    while (parts[root] !== root) root = parts[root] = parts[parts[root]!]!;
    return root;
  };
  const joined = (a: number, b: number): number => {
    longest[a] = Math.max(longest[a]!, longest[b]!);
    return (parts[b] = a);
  };
  const from = new Map<string, ReadonlySet<number>>();
  const layers = new Map<string, number>();
  for (const n of nodes) {
    let branches: ReadonlySet<number> = new Set(n.inputs.flatMap((v) => [...(from.get(v) ?? [])].map(rootOf)));
    let depth = Math.max(0, ...n.inputs.map((v) => layers.get(v) ?? 0));
    if (n.kind === "weighted") {
      depth++;
      const own = parts.push(parts.length) - 1;
      longest.push(depth);
      branches = new Set([[own, ...branches].reduce((a, b) => joined(a, b))]);
    }
    for (const o of n.outputs) {
      from.set(o, branches);
      layers.set(o, depth);
    }
  }
  const branchOf = (value: string): number | undefined => {
    const own = new Set([...(from.get(value) ?? [])].map(rootOf));
    return own.size === 1 ? [...own][0] : undefined;
  };
  return {
    longest: longest.filter((_, i) => parts[i] === i),
    areApart: (values) => new Set(values.flatMap((v) => branchOf(v) ?? [])).size > 1,
  };
}
