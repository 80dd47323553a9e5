import type { Node } from "../graph/graph.js";
import { producers } from "../graph/graph.js";
import { passesGradient, traitsOf } from "../ops/registry.js";
import type { Bound } from "../passes/bind.js";
import type { Activity } from "./activity.js";
import { chainedInputs } from "./composites/concat-prefix.js";
import { withChains } from "./merge-chains.js";
import { withRegions } from "./merge-regions.js";
import { isLayout, kindOf, slides, weightOf } from "./node-kind.js";
import type { NodeKind, ViewNode } from "./node-kind.js";
import { withStateSteps } from "./state-steps.js";

/**
 * Reduces a bound graph to the nodes and values of its activations, on which structure is found. A decomposed op that takes and returns one activation
 * is one node again, composites that are written out in elementary ops are one node, and Concats are chained. The view is never executed.
 */
export function viewOf({ graph, candidates }: Pick<Bound, "graph" | "candidates">, activity: Activity): readonly ViewNode[] {
  const { active } = activity;
  const isActive = (v: string): boolean => active.has(v);
  const typeOf = (v: string) => graph.types.get(v);
  const chained = chainedInputs(graph.nodes);
  const inputsOf = (n: Node): string[] => {
    const inputs = chained.get(n);
    if (inputs) return inputs.filter(isActive);
    return n.inputs.filter((v, i) => active.has(v) && passesGradient(n, i, typeOf));
  };
  const maker = producers(graph);
  /** The stored weight behind a transposed, reshaped or cast one. */
  const stem = (v: string | undefined): string | undefined => {
    for (let n = maker.get(v ?? ""); n && isLayout(n); n = maker.get(v ?? "")) v = n.inputs[0];
    return v;
  };
  const fixed = (v: string): boolean => {
    const root = stem(v)!;
    return graph.constants.has(root) && !candidates.has(root);
  };
  const kindAs = (n: Node, inputs: readonly string[]): NodeKind => kindOf(n, inputs, isActive, fixed);
  const shown = new Set(graph.outputs);
  const view: ViewNode[] = [];
  let run: { readonly at: number; readonly node: Node }[] = [];
  const flush = (): void => {
    if (run.length === 0) return;
    const grouped = groupOf(shown, run, inputsOf, isActive, kindAs);
    if (grouped) view.push(grouped);
    else {
      for (const { at, node } of run) {
        const inputs = inputsOf(node);
        const outputs = node.outputs.filter(isActive);
        if (inputs.length === 0 || outputs.length === 0) continue;
        const kind = kindAs(node, inputs);
        const weight = kind === "weighted" ? stem(weightOf(node, isActive)) : undefined;
        const sliding = kind === "weighted" && slides(node, (v) => typeOf(v)?.shape ?? []);
        view.push({
          at,
          kind,
          op: node.op,
          nodes: [node],
          inputs,
          outputs,
          ...(weight === undefined ? {} : { weight }),
          ...(sliding ? { slides: true } : {}),
        });
      }
    }
    run = [];
  };
  graph.nodes.forEach((node, at) => {
    const last = run[run.length - 1]?.node.origin;
    if (!last || node.origin?.node !== last.node || node.origin.role !== "forward") flush();
    run.push({ at, node });
    if (!node.origin) flush();
  });
  flush();
  const marked = withStateSteps(graph, view, (v) => candidates.has(v));
  return withChains(graph, withRegions(graph, marked, activity));
}

/** The nodes of one decomposed op as one node, if it takes one activation, returns one, and applies no weights. */
function groupOf(
  shown: ReadonlySet<string>,
  run: readonly { readonly at: number; readonly node: Node }[],
  inputsOf: (n: Node) => string[],
  isActive: (v: string) => boolean,
  kindAs: (n: Node, inputs: readonly string[]) => NodeKind,
): ViewNode | undefined {
  const origin = run[0]!.node.origin;
  if (!origin) return undefined;
  const inside = new Set(run.flatMap(({ node }) => node.outputs));
  const inputs = new Set<string>();
  const used = new Set<string>();
  const kept: Node[] = [];
  for (const { node } of run) {
    const own = inputsOf(node);
    if (own.length === 0) continue;
    const kind = kindAs(node, own);
    if (kind === "weighted" || kind === "product") return undefined;
    kept.push(node);
    for (const v of own) (inside.has(v) ? used : inputs).add(v);
  }
  const outputs = kept.flatMap((n) => n.outputs).filter((o) => isActive(o) && !used.has(o));
  if (kept.length < 2 || inputs.size !== 1 || outputs.length !== 1 || [...used].some((v) => shown.has(v))) return undefined;
  const { norm } = traitsOf({ op: origin.op });
  const entry = [...inputs];
  const kind = norm ? "norm" : kindAs({ ...kept[0]!, op: origin.op }, entry);
  const inference = norm === "batch" && !kept.some((n) => traitsOf(n).pools);
  return { at: run[run.length - 1]!.at, kind, op: origin.op, nodes: kept, inputs: entry, outputs, ...(norm ? { norm, inference } : {}) };
}
