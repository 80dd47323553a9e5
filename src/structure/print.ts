import type { Block, Structure } from "./types.js";
import { number, plural } from "../util/format.js";

/** Prints a structure as text: a line for each block, with the cuts inside it. */
export function printStructure(s: Structure): string {
  const forks = (kind: Block["kind"]): number => s.blocks.filter((b) => b.kind === kind).length;
  const kinds = (["plain", "residual", "gated", "dense", "other"] as const).filter((k) => forks(k) > 0).map((k) => `${forks(k)} ${k}`);
  const lines = [`trunk of ${s.trunk.length} cuts from ${s.source} to ${s.target}; ${s.blocks.length} blocks: ${kinds.join(", ") || "none"}`];
  s.blocks.forEach((b, i) =>
    lines.push(
      `${String(i + 1).padStart(4)} ${"  ".repeat(b.nesting)}${describe(b).padEnd(24)} ${s.trunk[b.from]!.name} → ${s.trunk[b.to]!.name}${opsOf(s, b)}`,
    ),
  );
  for (const span of s.spans)
    lines.push(
      `     ${"  ".repeat(span.nesting)}spliced: ${span.kind} from ${s.trunk[span.from]!.name} to ${s.trunk[span.to]!.name}, ${plural(span.to - span.from, "cut")}`,
    );
  return `${lines.join("\n")}\n`;
}

/** Describes a block in a few words, such as `residual (projection) · batch`. */
function describe(b: Block): string {
  const scale = [b.branchScale === null ? "" : `branch × ${number(b.branchScale)}`, b.skipScale === null ? "" : `shortcut × ${number(b.skipScale)}`];
  const detail = [b.skip ?? "", ...scale].filter((t) => t !== "").join(", ");
  const norms =
    b.normSites.length === 0
      ? ""
      : ` · ${[...new Set(b.normSites.map((n) => `${n.kind}${n.where === "trunk" ? "" : ` in ${n.where}`}`))].join(", ")}`;
  return `${b.role === "body" ? "" : `${b.role} `}${b.kind}${detail === "" ? "" : ` (${detail})`}${norms}`;
}

const opsOf = (s: Structure, b: Block): string => {
  const ops = s.trunk.slice(b.from + 1, b.to + 1).map((c) => c.op ?? "input");
  return `  [${ops.length > 8 ? [...ops.slice(0, 7), `… ${ops.length - 7} more`].join(", ") : ops.join(", ")}]`;
};
