import type { ClaimRecord, EvidenceRow } from "../study/claims-record.js";
import { exact, level as levelOf, plural } from "../util/format.js";
import { widest } from "./text-parts.js";
import { padTo, wrap } from "./visible.js";

const WIDTH = 80;

/** A text in lines of at most WIDTH columns. */
const wrapped = (text: string, indent: string): string =>
  wrap(text, WIDTH - indent.length)
    .map((l) => `${indent}${l}\n`)
    .join("");

const HELD = { equal: "holds", different: "does not hold", undecided: "open" } as const;

/** The estimates of one kind: place, mean [interval], law ± margin. Arms whose lines would be too long stand above their estimates. */
function estimateLines(rows: readonly EvidenceRow[]): readonly string[] {
  const cells = rows.map(({ depth, measured, law }) => [
    depth === null ? "all L" : `L = ${depth}`,
    exact(measured.value),
    Number.isNaN(measured.low) ? "–" : `[${exact(measured.low)}, ${exact(measured.high)}]`,
    law === null ? "" : `law ${exact(law.value)} ± ${exact(law.margin)}: ${HELD[law.held]}`,
  ]);
  const widths = [0, 1, 2].map((c) => widest(cells.map((row) => row[c]!)));
  const padded = (cell: string, c: number): string => (c === 3 ? cell : padTo(cell, widths[c]!, c === 1 ? "right" : "left"));
  const tails = cells.map((row) => row.map(padded).join("  ").trimEnd());
  const arm = widest(rows.map((r) => r.arm));
  if (4 + arm + 2 + widest(tails) <= WIDTH) return rows.map((r, i) => `    ${padTo(r.arm, arm)}  ${tails[i]!}`);
  return rows.flatMap((r, i) => [...(r.arm === rows[i - 1]?.arm ? [] : wrap(r.arm, WIDTH - 4).map((l) => `    ${l}`)), `      ${tails[i]!}`]);
}

/** A claim as text: verdict, what was found, every estimate with its interval and the law, assumptions, the command that measures it again. */
export function claimText({ id, sentence, from, verdict, evidence, command }: ClaimRecord): string {
  const head = `${verdict.padEnd(12)} ${id}\n`;
  const said = wrapped(`“${sentence}” (${from})`, "  ");
  const found = wrapped(evidence.summary, "  ");
  // A claim that is pending has no rule.
  if (evidence.rule === null) return `${head}${said}${found}`;
  const groups = new Map<string, EvidenceRow[]>();
  for (const f of evidence.figures) groups.set(f.what, [...(groups.get(f.what) ?? []), f]);
  const estimates = [...groups]
    .map(([what, rows]) => [...wrap(what, WIDTH - 2).map((l) => `  ${l}`), ...estimateLines(rows)].join("\n") + "\n")
    .join("");
  const [first] = evidence.figures;
  const level = first ? `, intervals at ${levelOf(first.measured.level)}` : "";
  const missing = evidence.missing === null ? "" : wrapped(`Not measured yet: ${evidence.missing}.`, "  ");
  return `${head}${said}${found}${estimates}${wrapped(`Rule. ${evidence.rule}`, "  ")}${wrapped(`Assumes: ${evidence.assumptions.join("; ")}.`, "  ")}${missing}  ${plural(evidence.trials, "trial")}${level}.\n  Again: ${command}\n`;
}

/** Columns of a verdict, the longest of which is CONDITIONAL, and the space behind it. */
const VERDICT = 13;

/** The verdicts as a table, a claim in each row, on a terminal of so many columns. */
export const claimsTable = (claims: readonly ClaimRecord[], width: number = WIDTH): string =>
  claims
    .flatMap(({ verdict, sentence }) => wrap(sentence, width - VERDICT).map((l, i) => `${padTo(i === 0 ? verdict : "", VERDICT)}${l}\n`))
    .join("");
