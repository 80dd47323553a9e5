import type { ClaimRecord, EvidenceRow } from "../study/claims-record.js";
import { exact, level as levelOf, plural } from "../util/format.js";
import { wrap } from "./visible.js";

const WIDTH = 100;

/** A text in lines of at most WIDTH columns. */
const wrapped = (text: string, indent: string): string =>
  wrap(text, WIDTH - indent.length)
    .map((l) => `${indent}${l}\n`)
    .join("");

const HELD = { equal: "holds", different: "does not hold", undecided: "open" } as const;

/** One line an estimate: place, measured [interval], law ± margin. */
function estimateLine(f: EvidenceRow, arm: number): string {
  const place = `${f.arm.padEnd(arm)}  ${(f.depth === null ? "all L" : `L = ${f.depth}`).padEnd(9)}`;
  const measured = `${exact(f.measured.value).padStart(9)}  ${`[${exact(f.measured.low)}, ${exact(f.measured.high)}]`.padEnd(22)}`;
  const law = f.law === null ? "" : `law ${exact(f.law.value)} ± ${exact(f.law.margin)}: ${HELD[f.law.held]}`;
  return `    ${place} ${measured} ${law}`.trimEnd();
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
  const width = Math.max(0, ...evidence.figures.map((f) => f.arm.length));
  const estimates = [...groups].map(([what, list]) => `  ${what}\n${list.map((f) => `${estimateLine(f, width)}\n`).join("")}`).join("");
  const [first] = evidence.figures;
  const level = first ? `, intervals at ${levelOf(first.measured.level)}` : "";
  const missing = evidence.missing === null ? "" : wrapped(`Not measured yet: ${evidence.missing}.`, "  ");
  return `${head}${said}${found}${estimates}${wrapped(`Rule. ${evidence.rule}`, "  ")}${wrapped(`Assumes: ${evidence.assumptions.join("; ")}.`, "  ")}${missing}  ${plural(evidence.trials, "trial")}${level}. Again: ${command}\n`;
}
