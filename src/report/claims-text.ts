import type { ClaimRecord, EvidenceRow } from "../study/claims-record.js";

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

/** Three significant figures, no exponent where none is needed. */
function number(x: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? "–" : x > 0 ? "∞" : "−∞";
  const text = Math.abs(x) >= 1000 ? x.toFixed(0) : Math.abs(x) >= 0.001 || x === 0 ? String(Number(x.toPrecision(4))) : x.toExponential(1);
  return text.replace("-", "−");
}

const HELD = { equal: "holds", different: "does not hold", undecided: "open" } as const;

/** One line a figure: place, measured [interval], law ± margin. */
function figureLine(f: EvidenceRow, arm: number): string {
  const place = `${f.arm.padEnd(arm)}  ${(f.depth === null ? "all L" : `L = ${f.depth}`).padEnd(9)}`;
  const measured = `${number(f.measured.value).padStart(9)}  ${`[${number(f.measured.low)}, ${number(f.measured.high)}]`.padEnd(22)}`;
  const law = f.law === null ? "" : `law ${number(f.law.value)} ± ${number(f.law.margin)}: ${HELD[f.law.held]}`;
  return `    ${place} ${measured} ${law}`.trimEnd();
}

/** A claim as text: verdict, what was found, every figure with its interval and the law, assumptions, the command that measures it again. */
export function claimText({ id, sentence, from, verdict, evidence, command }: ClaimRecord): string {
  const head = `${verdict.padEnd(12)} ${id}\n`;
  const said = wrapped(`“${sentence}” (${from})`, "  ");
  const found = wrapped(evidence.summary, "  ");
  // A claim that is pending has no rule.
  if (evidence.rule === null) return `${head}${said}${found}`;
  const groups = new Map<string, EvidenceRow[]>();
  for (const f of evidence.figures) groups.set(f.what, [...(groups.get(f.what) ?? []), f]);
  const width = Math.max(0, ...evidence.figures.map((f) => f.arm.length));
  const figures = [...groups].map(([what, list]) => `  ${what}\n${list.map((f) => `${figureLine(f, width)}\n`).join("")}`).join("");
  const [first] = evidence.figures;
  const level = first ? `, intervals at ${(100 * first.measured.level).toFixed(2)} %` : "";
  const missing = evidence.missing === null ? "" : wrapped(`Not measured yet: ${evidence.missing}.`, "  ");
  return `${head}${said}${found}${figures}${wrapped(`Rule. ${evidence.rule}`, "  ")}${wrapped(`Assumes: ${evidence.assumptions.join("; ")}.`, "  ")}${missing}  ${evidence.trials} trials${level}. Again: ${command}\n`;
}
