import type { EvidenceRow } from "../claims/claim.js";
import { isPending } from "../claims/claim.js";
import type { JudgedClaim } from "../claims/run-claims.js";
import { decimals, exact } from "../util/format.js";

const WIDTH = 100;

/** Words in lines of at most WIDTH characters. */
function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = "";
    }
    line += (line === "" ? "" : " ") + word;
  }
  return [...lines, line].map((l) => `${indent}${l}\n`).join("");
}

const HELD = { equal: "holds", different: "does not hold", undecided: "open" } as const;

/** Writes a number in at most four figures, and a dash where there is none. */
const number = (x: number): string => (Number.isNaN(x) ? "–" : exact(x, "page"));

/** One line for each row: place, measured [interval], law ± margin. */
function rowLine(f: EvidenceRow, arm: number): string {
  const place = `${f.arm.padEnd(arm)}  ${(f.depth === null ? "all L" : `L = ${f.depth}`).padEnd(9)}`;
  const measured = `${number(f.measured.value).padStart(9)}  ${`[${number(f.measured.low)}, ${number(f.measured.high)}]`.padEnd(22)}`;
  const law = f.law === null ? "" : `law ${number(f.law.value)} ± ${number(f.law.margin)}: ${HELD[f.law.held]}`;
  return `    ${place} ${measured} ${law}`.trimEnd();
}

/** A claim as text: verdict, what was found, every row with its interval and the law, assumptions, the command that measures it again. */
export function claimText({ claim, judgement, arms }: JudgedClaim, command: string): string {
  const head = `${judgement.verdict.padEnd(12)} ${claim.id}\n`;
  const said = wrapped(`“${claim.sentence}” (${claim.from})`, "  ");
  const found = wrapped(judgement.sentence, "  ");
  if (isPending(claim)) return `${head}${said}${found}`;
  const groups = new Map<string, EvidenceRow[]>();
  for (const f of judgement.evidence) groups.set(f.what, [...(groups.get(f.what) ?? []), f]);
  const width = Math.max(0, ...judgement.evidence.map((f) => f.arm.length));
  const rows = [...groups].map(([what, list]) => `  ${what}\n${list.map((f) => `${rowLine(f, width)}\n`).join("")}`).join("");
  const trials = arms.reduce((n, a) => n + a.trials.length, 0);
  const [first] = judgement.evidence;
  const level = first ? `, intervals at ${decimals(100 * first.measured.level, 2)} %` : "";
  const missing = claim.missing === undefined ? "" : wrapped(`Not measured yet: ${claim.missing}.`, "  ");
  return `${head}${said}${found}${rows}${wrapped(`Rule. ${claim.rule}`, "  ")}${wrapped(`Assumes: ${claim.assumptions.join("; ")}.`, "  ")}${missing}  ${trials} trials${level}. Again: ${command}\n`;
}
