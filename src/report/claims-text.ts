import type { ClaimRecord, EvidenceRow } from "../study/claims-record.js";
import { exact, level as levelOf, plural } from "../util/format.js";
import { widest } from "./text-parts.js";
import { padTo, wrap } from "./visible.js";

const WIDTH = 80;

/** A text in lines of at most so many columns. */
const wrapped = (text: string, indent: string, width: number): string =>
  wrap(text, width - indent.length)
    .map((l) => `${indent}${l}\n`)
    .join("");

const HELD = { equal: "holds", different: "does not hold", undecided: "open" } as const;

/** The estimates of one kind: place, mean [interval], law ± margin. Arms whose lines would be too long stand above their estimates, and intervals and laws below them. */
function estimateLines(rows: readonly EvidenceRow[], width: number): readonly string[] {
  const cells = rows.map(({ depth, measured, law }) => [
    depth === null ? "all L" : `L = ${depth}`,
    exact(measured.value),
    Number.isNaN(measured.low) ? "–" : `[${exact(measured.low)}, ${exact(measured.high)}]`,
    law === null ? "" : `law ${exact(law.value)} ± ${exact(law.margin)}: ${HELD[law.held]}`,
  ]);
  const widths = [0, 1, 2].map((c) => widest(cells.map((row) => row[c]!)));
  const padded = (cell: string, c: number): string => (c === 3 ? cell : padTo(cell, widths[c]!, c === 1 ? "right" : "left"));
  const kept = (n: number): readonly string[] => cells.map((row) => row.slice(0, n).map(padded).join("  ").trimEnd());
  const fits = (lines: readonly string[]): boolean => 6 + widest(lines) <= width;
  const whole = kept(4);
  // As many cells on the first line as all rows have room for; each of the others stands on a line of its own.
  const first = fits(whole) ? 4 : fits(kept(3)) ? 3 : 2;
  const tails = kept(first).map((l, i) => [
    l,
    ...cells[i]!.slice(first)
      .filter((cell) => cell !== "")
      .flatMap((cell) => wrap(cell, width - 8).map((c) => `  ${c}`)),
  ]);
  const arm = widest(rows.map((r) => r.arm));
  if (4 + arm + 2 + widest(whole) <= width) return rows.map((r, i) => `    ${padTo(r.arm, arm)}  ${whole[i]!}`);
  return rows.flatMap((r, i) => [
    ...(r.arm === rows[i - 1]?.arm ? [] : wrap(r.arm, width - 4).map((l) => `    ${l}`)),
    ...tails[i]!.map((l) => `      ${l}`),
  ]);
}

/** A claim as text: verdict, what was found, every estimate with its interval and the law, assumptions, the command that measures it again. */
export function claimText({ id, sentence, from, verdict, evidence, command }: ClaimRecord, width: number = WIDTH): string {
  const head = `${verdict.padEnd(12)} ${id}\n`;
  const said = wrapped(`“${sentence}” (${from})`, "  ", width);
  const found = wrapped(evidence.summary, "  ", width);
  // A claim that is pending has no rule.
  if (evidence.rule === null) return `${head}${said}${found}`;
  const groups = new Map<string, EvidenceRow[]>();
  for (const f of evidence.figures) groups.set(f.what, [...(groups.get(f.what) ?? []), f]);
  const estimates = [...groups]
    .map(([what, rows]) => [...wrap(what, width - 2).map((l) => `  ${l}`), ...estimateLines(rows, width)].join("\n") + "\n")
    .join("");
  const [first] = evidence.figures;
  const level = first ? `, intervals at ${levelOf(first.measured.level)}` : "";
  const missing = evidence.missing === null ? "" : wrapped(`Not measured yet: ${evidence.missing}.`, "  ", width);
  return `${head}${said}${found}${estimates}${wrapped(`Rule. ${evidence.rule}`, "  ", width)}${wrapped(`Assumes: ${evidence.assumptions.join("; ")}.`, "  ", width)}${missing}${wrapped(`${plural(evidence.trials, "trial")}${level}.`, "  ", width)}  Again: ${command}\n`;
}

/** Columns of the longest id, and the space behind it. */
const ID = 26;

/** Every claim with its id, each on one line; on a terminal of so many columns, a sentence that is too long goes on below its beginning. */
export const claimsList = (claims: readonly Pick<ClaimRecord, "id" | "sentence">[], width = Infinity): string =>
  claims
    .flatMap(({ id, sentence }) =>
      width < 2 * ID
        ? [`${id}\n`, ...wrap(sentence, width - 2).map((l) => `  ${l}\n`)]
        : wrap(sentence, width - ID).map((l, i) => `${padTo(i === 0 ? id : "", ID)}${l}\n`),
    )
    .join("");

/** Columns of a verdict, the longest of which is CONDITIONAL, and the space behind it. */
const VERDICT = 13;

/** The verdicts as a table, a claim in each row, on a terminal of so many columns. */
export const claimsTable = (claims: readonly ClaimRecord[], width: number = WIDTH): string =>
  claims
    .flatMap(({ verdict, sentence }) => wrap(sentence, width - VERDICT).map((l, i) => `${padTo(i === 0 ? verdict : "", VERDICT)}${l}\n`))
    .join("");
