import type { Graph, Node } from "../graph/graph.js";
import { isTensor } from "../graph/graph.js";
import { formatType, isFloat } from "../graph/tensor.js";
import type { Tensor, ValueType } from "../graph/tensor.js";
import { invariant } from "../util/errors.js";
import { packed } from "./pack.js";
import { periodicRuns } from "./periods.js";
import { recomputing } from "./recompute.js";
import type { Piece, Plan, Step } from "./pieces.js";

export type { Plan, Step } from "./pieces.js";

/** Constants up to this many elements are written into a piece; larger ones and all weights are fed. */
const INLINE_LIMIT = 64;
/** Graphs up to this many nodes are one piece: a session's creation time grows with the square of its nodes. */
const WHOLE_LIMIT = 6000;
/** Graphs up to this many nodes stay whole where cutting would share little. */
const UNSHARED_LIMIT = 20_000;
/** Forward nodes that a piece aims for. */
const PIECE_TARGET = 96;
/** Forward nodes that a piece aims for where memory is short: what happens inside a piece is all alive at once. */
const LEAN_TARGET = 24;
/** No segment is longer than this, however wide the graph is there. */
const SEGMENT_LIMIT = 400;

/** How to cut. The defaults suit onnxruntime; tests cut small graphs with small limits. */
export interface PlanOptions {
  readonly wholeLimit?: number;
  readonly pieceTarget?: number;
  /** Whether the runtime can execute a node; what it cannot becomes pieces of its own, for our evaluates. Default: it can all. */
  readonly executes?: (node: Node) => boolean;
  /** Small pieces, and activations computed again where the backward pass needs them. */
  readonly lowMemory?: boolean;
}

/** Plans the execution of a bound graph; linear in the number of nodes. */
export function planGraph(graph: Graph, options: PlanOptions = {}): Plan {
  const executes = options.executes ?? (() => true);
  const planned = (groups: readonly Node[][]): Plan => {
    const packing = packed(
      graph,
      groups.flatMap((g) => alike(g, executes)).filter((g) => g.length > 0),
    );
    return { ...assemble(packing.graph, packing.groups, executes), parts: packing.parts };
  };
  if (options.lowMemory) {
    const plan = planned(cut(graph, options.pieceTarget ?? LEAN_TARGET));
    const backward = new Set(graph.nodes.filter((n) => isBackward(n)).map((n) => n.name));
    return recomputing(plan, (step) => !plan.nodeNames[step]!.some((n) => backward.has(n)));
  }
  const count = graph.nodes.length;
  if (count <= (options.wholeLimit ?? WHOLE_LIMIT)) return planned([[...graph.nodes]]);
  const plan = planned(cut(graph, options.pieceTarget ?? PIECE_TARGET));
  const distinct = plan.pieces.reduce((n, p) => n + p.graph.nodes.length, 0);
  const unshared = options.wholeLimit === undefined && count <= UNSHARED_LIMIT && distinct > count / 2;
  return unshared ? planned([[...graph.nodes]]) : plan;
}

/** A group cut wherever the executor changes. */
function alike(nodes: readonly Node[], executes: (node: Node) => boolean): Node[][] {
  const parts: Node[][] = [];
  let last: boolean | undefined;
  for (const n of nodes) {
    const now = executes(n);
    if (now !== last) parts.push([]);
    parts[parts.length - 1]!.push(n);
    last = now;
  }
  return parts;
}

const isBackward = (n: Node): boolean => n.origin?.role === "backward" || n.origin?.role === "tangent";

/** Groups of nodes in execution order: forward pieces, then their backward pieces in reverse, dependencies respected. */
function cut(graph: Graph, target: number): Node[][] {
  const forward = graph.nodes.filter((n) => !isBackward(n) && n.origin?.role !== "probe");
  const segments = narrowSegments(graph, forward);
  const keys = segments.map((s) => structureKey(graph, s));
  const pieces: Node[][] = [];
  for (const run of periodicRuns(
    keys,
    segments.map((s) => s.length),
    target,
  )) {
    pieces.push(segments.slice(run.from, run.to).flat());
  }
  const home = new Map<string, number>();
  pieces.forEach((nodes, i) => nodes.forEach((n) => home.set(n.name, i)));

  const groups: Node[][] = Array.from({ length: 2 * pieces.length }, () => []);
  const stepOf = new Map<string, number>();
  for (const node of graph.nodes) {
    const own = home.get(node.name);
    const origin = own === undefined && node.origin ? home.get(node.origin.node) : undefined;
    let step = own ?? (origin === undefined ? 0 : isBackward(node) ? 2 * pieces.length - 1 - origin : origin);
    for (const v of node.inputs) step = Math.max(step, stepOf.get(v) ?? 0);
    groups[step]!.push(node);
    for (const o of node.outputs) if (o !== "") stepOf.set(o, step);
  }
  return groups;
}

/** Cuts a chain of forward nodes wherever at most one activation is alive (long-lived ones, as masks are, do not count). */
function narrowSegments(graph: Graph, nodes: readonly Node[]): Node[][] {
  const born = new Map<string, number>();
  const lastUse = new Map<string, number>();
  nodes.forEach((n, i) => {
    for (const o of n.outputs) if (o !== "" && isFloat(graph.types.get(o)?.dtype ?? "bool")) born.set(o, i);
    for (const v of n.inputs) if (born.has(v)) lastUse.set(v, i);
  });
  const long = Math.max(200, nodes.length / 4);
  const delta = new Int32Array(nodes.length + 1);
  for (const [v, from] of born) {
    const to = lastUse.get(v);
    if (to === undefined || to - from > long) continue;
    delta[from + 1]!++;
    delta[to + 1]!--;
  }
  const segments: Node[][] = [];
  let current: Node[] = [];
  let alive = 0;
  nodes.forEach((n, i) => {
    alive += delta[i]!;
    if (current.length > 0 && (alive <= 1 || current.length >= SEGMENT_LIMIT)) {
      segments.push(current);
      current = [];
    }
    current.push(n);
  });
  if (current.length > 0) segments.push(current);
  return segments;
}

/** What two groups of nodes must share to be run by one session: ops, attributes, wiring, types, inlined constants. */
function structureKey(graph: Graph, nodes: readonly Node[]): string {
  return localize(graph, nodes, () => false).key;
}

interface Local {
  readonly key: string;
  readonly nodes: readonly Node[];
  readonly names: ReadonlyMap<string, string>;
  /** Plan names of what comes from outside, in order of first use. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly inlined: readonly string[];
}

/** The nodes under canonical local names, and the key that equal structures share. */
function localize(graph: Graph, nodes: readonly Node[], isOutput: (value: string) => boolean): Local {
  const names = new Map<string, string>([["", ""]]);
  const inputs: string[] = [];
  const outputs: string[] = [];
  const inlined: string[] = [];
  const key: string[] = [];
  const nameOf = (v: string): string => {
    let local = names.get(v);
    if (local !== undefined) return local;
    local = `v${names.size}`;
    names.set(v, local);
    const constant = graph.initializers.get(v);
    if (constant && graph.constants.has(v) && constant.data.length <= INLINE_LIMIT) {
      inlined.push(v);
      key.push(`${local}=${formatType(constant)}:${constant.data.join()}`);
    } else {
      inputs.push(v);
      key.push(`${local}:${formatType(graph.types.get(v)!)}`);
    }
    return local;
  };
  const local = nodes.map((n, i): Node => {
    const ins = n.inputs.map(nameOf);
    const outs = n.outputs.map((o) => {
      if (o === "") return "";
      const name = `v${names.size}`;
      names.set(o, name);
      if (isOutput(o)) outputs.push(o);
      return name;
    });
    key.push(`${n.domain}${n.op}(${ins.join()})${outs.join()}${attrsKey(n)}`);
    return { op: n.op, domain: n.domain, name: `n${i}`, inputs: ins, outputs: outs, attrs: n.attrs };
  });
  key.push(outputs.map((o) => names.get(o)).join());
  return { key: key.join("\n"), nodes: local, names, inputs, outputs, inlined };
}

const attrsKey = (n: Node): string =>
  Object.keys(n.attrs).length === 0
    ? ""
    : JSON.stringify(n.attrs, (_, v: unknown) =>
        isTensor(v as Tensor) ? [(v as Tensor).dtype, (v as Tensor).shape, Array.from((v as Tensor).data, String)] : v,
      );

function assemble(graph: Graph, groups: readonly (readonly Node[])[], executes: (node: Node) => boolean): Omit<Plan, "parts"> {
  const definedIn = new Map<string, number>();
  groups.forEach((g, i) => g.forEach((n) => n.outputs.forEach((o) => definedIn.set(o, i))));
  const crosses = new Set(graph.outputs);
  const lastStep = new Map<string, number>();
  groups.forEach((g, i) => {
    for (const n of g) {
      for (const v of n.inputs) {
        if (definedIn.get(v) !== i) {
          crosses.add(v);
          lastStep.set(v, i);
        }
      }
    }
  });
  const weights = new Map<string, Tensor>();
  const pieces: Piece[] = [];
  const pieceOf = new Map<string, number>();
  const kept = new Set([...graph.outputs, ...graph.initializers.keys(), ...graph.inputs.map((i) => i.name)]);
  const freeAt: string[][] = groups.map(() => []);
  for (const [v, i] of lastStep) if (!kept.has(v)) freeAt[i]!.push(v);

  const steps = groups.map((nodes, i): Step => {
    const local = localize(graph, nodes, (v) => crosses.has(v));
    let piece = pieceOf.get(local.key);
    if (piece === undefined) {
      piece = pieces.length;
      pieceOf.set(local.key, piece);
      pieces.push({ graph: pieceGraph(graph, local), evaluated: !executes(nodes[0]!) });
    }
    for (const v of local.inputs) {
      const t = graph.initializers.get(v);
      if (t) weights.set(v, t);
    }
    const pair = (v: string): readonly [string, string] => [local.names.get(v)!, v];
    return { piece, feeds: local.inputs.map(pair), fetches: local.outputs.map(pair), free: freeAt[i]! };
  });
  // An output that is itself an input or a weight needs no step; the runtime hands it through.
  for (const o of graph.outputs) {
    const t = graph.initializers.get(o);
    if (t && !definedIn.has(o)) weights.set(o, t);
  }
  return {
    pieces,
    steps,
    weights,
    inputs: graph.inputs.map((i) => i.name),
    outputs: graph.outputs,
    nodeNames: groups.map((g) => g.map((n) => n.name)),
  };
}

function pieceGraph(graph: Graph, local: Local): Graph {
  const types = new Map<string, ValueType>();
  for (const [v, name] of local.names) {
    const t = graph.types.get(v);
    if (t) types.set(name, t);
    else invariant(v === "", `value "${v}" has no type`);
  }
  return {
    name: graph.name,
    inputs: local.inputs.map((v) => ({ name: local.names.get(v)!, ...graph.types.get(v)! })),
    outputs: local.outputs.map((v) => local.names.get(v)!),
    initializers: new Map(local.inlined.map((v) => [local.names.get(v)!, graph.initializers.get(v)!])),
    constants: new Set(local.inlined.map((v) => local.names.get(v)!)),
    nodes: local.nodes,
    types,
  };
}
