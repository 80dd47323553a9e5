import type { Graph } from "../graph/graph.js";
import type { Activity } from "./activity.js";
import { gelu, geluTanh, glu, hardSwish, mish, silu } from "./composites/activation.js";
import { multipleOf } from "./composites/affine.js";
import { writtenNorm } from "./composites/norm.js";
import type { Composite, Pattern, Region } from "./composites/region.js";
import { softmax } from "./composites/softmax.js";
import { squeezeExcite } from "./composites/squeeze-excite.js";
import { dominators } from "./dominators.js";
import type { ViewNode } from "./node-kind.js";

/** The largest number of nodes in a composite. */
const LARGEST = 64;

const PATTERNS: readonly Pattern[] = [writtenNorm, softmax, gelu, geluTanh, mish, silu, hardSwish, glu];

/**
 * Merges regions in which paths split and join again without weights: x·σ(x), x − mean(x), shifted windows. Each is a function of one activation, and
 * not a block, whether or not it is recognised. Squeeze-excite is the one composite with weights. Inner regions are merged first; at most `LARGEST`
 * nodes are visited for each join.
 */
export function withRegions(graph: Graph, view: readonly ViewNode[], activity: Activity): readonly ViewNode[] {
  const producer = new Map<string, ViewNode>();
  const users = new Map<string, number>();
  for (const n of view) {
    for (const o of n.outputs) producer.set(o, n);
    for (const v of n.inputs) users.set(v, (users.get(v) ?? 0) + 1);
  }
  const dominator = dominators(view, activity.sources);
  const merged = new Map<ViewNode, ViewNode | undefined>();
  const shape = (v: string): readonly number[] => graph.types.get(v)?.shape ?? [];
  const constant = (v: string) => graph.initializers.get(v);
  const shown = new Set(graph.outputs);

  for (const join of view) {
    if (join.inputs.length < 2 || join.outputs.length !== 1) continue;
    const exit = join.outputs[0]!;
    const entry = dominator(exit);
    if (entry === undefined) continue;
    const nodes = between(entry, join, producer, activity);
    if (!nodes || !closed(nodes, join, users, shown)) continue;
    const as = recognise({ entry, exit, nodes, shape, constant });
    if (!as) continue;
    const whole: ViewNode = { at: join.at, ...as, nodes: nodes.flatMap((n) => n.nodes), inputs: [entry], outputs: [exit] };
    const before = nodes.reduce((count, n) => count + n.inputs.filter((v) => v === entry).length, 0);
    users.set(entry, users.get(entry)! - before + 1);
    for (const n of nodes) merged.set(n, undefined);
    merged.set(join, whole);
    producer.set(exit, whole);
  }

  const result: ViewNode[] = [];
  for (const n of view) {
    let now: ViewNode | undefined = n;
    while (now && merged.has(now)) now = merged.get(now);
    if (now) result.push(now);
  }
  return result;
}

/** Whether the output of the last node is the only one that is used outside of these nodes. */
function closed(nodes: readonly ViewNode[], last: ViewNode, users: ReadonlyMap<string, number>, shown: ReadonlySet<string>): boolean {
  const inside = new Map<string, number>();
  for (const n of nodes) for (const v of n.inputs) inside.set(v, (inside.get(v) ?? 0) + 1);
  return nodes.every((n) => n === last || n.outputs.every((o) => !shown.has(o) && (users.get(o) ?? 0) === (inside.get(o) ?? 0)));
}

/** The nodes on the paths from `entry` to the node `last`, in order; undefined where another activation enters, or they are too many. */
function between(entry: string, last: ViewNode, producer: ReadonlyMap<string, ViewNode>, activity: Activity): ViewNode[] | undefined {
  const found = new Set([last]);
  const stack = [last];
  const first = producer.get(entry)?.at ?? -1;
  while (stack.length > 0) {
    for (const v of stack.pop()!.inputs) {
      if (v === entry || !activity.active.has(v)) continue;
      const n = producer.get(v);
      if (!n || n.at <= first || found.size >= LARGEST) return undefined;
      if (!found.has(n)) {
        found.add(n);
        stack.push(n);
      }
    }
  }
  return [...found].sort((a, b) => a.at - b.at);
}

function recognise(region: Region): Composite | undefined {
  if (region.nodes.some((n) => n.step !== undefined)) return undefined;
  const last = region.nodes[region.nodes.length - 1]!;
  if (region.nodes.some((n) => n.kind === "weighted")) return squeezeExcite(region);
  if (region.nodes.some((n) => n.kind === "product" || n.kind === "resample")) return undefined;
  for (const pattern of PATTERNS) {
    const as = pattern(region);
    if (as) return as;
  }
  // x + norm(x) is a residual block.
  if (last.kind === "add" && last.inputs.includes(region.entry) && region.nodes.some((n) => n.kind === "norm")) return undefined;
  const excite = squeezeExcite(region);
  if (excite) return excite;
  if (region.nodes.every((n) => n.kind === "layout" || n.kind === "split" || n.kind === "concat")) return { op: "Rearrange", kind: "layout" };
  const multiple = multipleOf(region);
  return {
    op: region.nodes
      .map((n) => n.op)
      .slice(0, 6)
      .join("·"),
    kind: "activation",
    ...(multiple === undefined ? {} : { multiple }),
  };
}
