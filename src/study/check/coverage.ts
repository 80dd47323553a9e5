import { modulePath, modulesOfParameter, sharedStart } from "../../graph/module-path.js";
import { apartFrom } from "../../structure/apart.js";
import type { Apart } from "../../structure/apart.js";
import { blockName } from "../../structure/block-site.js";
import type { BlockPlace } from "../../structure/parts.js";
import type { Trunks } from "../../structure/trunks.js";
import { list, plural } from "../../util/format.js";
import type { StraightThrough } from "../../passes/straight-through.js";
import type { Prepared } from "./prepare.js";

/** What a check-up looked at, and what it did not. */
export interface Coverage {
  readonly output: string;
  /** Parameters that lie in a block of a trunk; the trunks are measured, and their chains judged. */
  readonly parametersJudged: number;
  /** Parameters of the file, but those that were set aside. */
  readonly parametersTotal: number;
  readonly blocks: number;
  readonly notLookedAt: readonly { readonly what: string; readonly why: string }[];
}

/** Returns what was looked at: parameters, blocks, the output; and by name what was not: other outputs, inputs without influence, parameters and why. */
export function coverageOf(
  { bound, output, parameters, straight }: Prepared,
  { trunks, parameters: parts }: Trunks,
  unseen: ReadonlyMap<string, string>,
): Coverage {
  const { model, graph } = bound;
  const lost = new Set(straight?.parameters);
  const held = parameters.filter((p) => (parts.get(p.name)?.block ?? null) !== null && !lost.has(p.name));
  const judged = new Set(held.map((p) => p.name));
  const reasons = new Map<string, string[]>();
  const left = parameters.filter((p) => !judged.has(p.name));
  const apart = apartFrom(
    bound,
    output,
    left.flatMap((p) => (p.reaches ? [] : [p.name])),
  );
  for (const { name, reaches } of left) {
    const why = lost.has(name) ? straightWords(straight!) : reaches ? beside(trunks, parts.get(name)?.feeds) : apartWords(apart.get(name));
    reasons.set(why, [...(reasons.get(why) ?? []), name]);
  }
  const beyond = model.graph.outputs.filter((o) => o !== output);
  const needed = new Set(graph.nodes.flatMap((n) => n.inputs));
  const unused = graph.inputs.map((i) => i.name).filter((v) => !needed.has(v));
  return {
    output,
    parametersJudged: held.length,
    parametersTotal: parameters.length,
    blocks: trunks.reduce((n, t) => n + t.blocks.length, 0),
    notLookedAt: [
      ...beyond.map((o) => ({ what: `output ${o}`, why: beyondWords(unseen.get(o)) })),
      ...unused.map((v) => ({ what: `input ${v}`, why: `the output ${output} does not depend on it` })),
      ...[...reasons].flatMap(([why, names]) => groupsOf(names).map((what) => ({ what, why }))),
    ],
  };
}

/** Says why an output was not judged, and why it was not even run. */
const beyondWords = (unseen: string | undefined): string =>
  unseen === undefined ? "it takes no part in the loss (--output chooses it)" : `it takes no part in the loss, and cannot be run: ${unseen}`;

/** Says of parameters behind a straight-through estimator why nothing can be said of them. */
const straightWords = ({ nodes }: StraightThrough): string =>
  `its gradient is taken away again at ${list(nodes.map(modulePath))}, as where a program detaches what it adds (straight-through): a file has no trace of that`;

/** Says of parameters that lie in no block where what they compute goes. */
function beside(trunks: Trunks["trunks"], feeds: BlockPlace | undefined): string {
  const trunk = feeds && trunks[feeds.trunk];
  const block = trunk?.blocks[feeds!.block];
  return block === undefined ? "a gradient reaches it, but no block holds it" : `it lies beside the blocks, and feeds ${blockName(trunk!, block)}`;
}

/** Says why no gradient comes back to a parameter: the node that cuts the path, or the output that it serves instead. */
function apartWords(found: Apart | undefined): string {
  if (found?.cut) return `the gradient is cut at ${modulePath(found.cut.node)} (${found.cut.op}), which lets none back`;
  return found?.output !== undefined && found.output !== null ? `it serves the output ${found.output}` : "no path leads from it to this output";
}

/** Names of parameters by the modules that hold them: `enc.* (12 parameters)`, `alpha`. */
function groupsOf(names: readonly string[]): readonly string[] {
  const byFirst = new Map<string, string[]>();
  for (const name of names) {
    const first = modulesOfParameter(name)[0] ?? "";
    byFirst.set(first, [...(byFirst.get(first) ?? []), name]);
  }
  return [...byFirst].flatMap(([first, own]) => {
    if (first === "" || own.length === 1) return own.length > 3 ? [`${list(own)} (${plural(own.length, "parameter")})`] : own;
    return [`${sharedStart(own.map(modulesOfParameter)).join(".")}.* (${plural(own.length, "parameter")})`];
  });
}
