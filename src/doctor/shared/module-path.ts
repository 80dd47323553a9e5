import type { Block } from "../../structure/types.js";
import type { Evidence } from "../evidence.js";

/** What stands between the parts of a place, from the outside in. */
const INSIDE = " ▸ ";

/** The place of what concerns all of a network. */
export const WHOLE = "the whole network";

/** A path as exporters write it, from the outside in: `/layer1/layer1.0/conv1/Conv` is `layer1.0 ▸ conv1 ▸ Conv`. */
export const modulePath = (name: string): string => partsOf(name).join(INSIDE);

function partsOf(name: string): readonly string[] {
  const parts = name.split("/").filter((p) => p !== "");
  // Scopes of PyTorch repeat the path of the module they lie in.
  return parts.filter((p, i) => !parts[i + 1]?.startsWith(`${p}.`));
}

/** Names that an exporter made up for what had none. */
const madeUp = (name: string): boolean => /^(onnx::.*|val_?\d+|v?\d+|constant.*)$/i.test(name);

/** The module that the names of a block's weights (else of its nodes) share; else the value that it ends with. */
export function blockName(c: Pick<Evidence, "structure">, block: Block): string {
  const modules = block.weights.filter((w) => !madeUp(w)).map((w) => w.split(/[./]/).filter((p) => p !== ""));
  const module = modules.length === 1 ? modules[0]!.slice(0, -1) : sharedStart(modules);
  if (modules.length > 0 && modules.length === block.weights.length && module.length > 0) return module.join(".");
  const scopes = block.nodes.filter((n) => n.includes("/")).map((n) => partsOf(n).slice(0, -1));
  const scope = 2 * scopes.length > block.nodes.length ? sharedStart(scopes) : [];
  return scope.length > 0 && !scope.every(madeUp) ? scope.join(INSIDE) : (c.structure.trunk[block.to]?.name ?? block.nodes[0] ?? "");
}

/** Whether a cut of the trunk lies in a chain over time. */
export const isOverTime = (c: Evidence, cut: number): boolean =>
  c.structure.spans.some((s) => s.kind === "recurrent" && cut >= s.from && cut <= s.to);

function sharedStart(paths: readonly (readonly string[])[]): readonly string[] {
  const [first, ...rest] = paths;
  if (!first) return [];
  let n = 0;
  while (n < first.length && rest.every((p) => p[n] === first[n])) n++;
  return first.slice(0, n);
}

/** `layer1.0 … layer4.2`, or the one block. */
export function stretchName(c: Evidence, blocks: readonly Block[]): string {
  const names = [blocks[0], blocks[blocks.length - 1]].flatMap((b) => (b ? [blockName(c, b)] : []));
  return names[0] === names[1] ? (names[0] ?? WHOLE) : names.join(" … ");
}
