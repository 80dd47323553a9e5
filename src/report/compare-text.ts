import { alignBlocks, gainRatio, splitFindings } from "./align.js";
import type { BlockPair } from "./align.js";
import type { BlockRow, CheckRecord } from "../study/check-record.js";
import { factor, plural } from "../util/format.js";
import { paint } from "./paint.js";
import type { Paint } from "./paint.js";
import { bandOf, curveOf, domainOf, hasPoints } from "./curves.js";
import { card, heading, headline, settingLines, title, widest, widthOf } from "./text-parts.js";
import type { TerminalOptions } from "./text-parts.js";
import { acceptedWords, unmatchedWords } from "./accepted-words.js";
import { chart, ends, frameOf, keyLines, strip } from "./text-chart.js";
import { padTo, prose, visible, wrap } from "./visible.js";
import { keyNumbers, labelsOf, sortedFindings } from "./headline.js";

/** Pairs of blocks that are printed without being asked for a table; of more, those that differ most. */
const MOST_PAIRS = 60;

/** On a terminal of fewer columns blocks are told without their names, and numbers stand below each other. */
const NARROW = 70;

/** Two check-ups side by side for a terminal: the verdicts, the curves of both on one scale, the key numbers, what only one has, block by block. */
export function compareText(a: CheckRecord, b: CheckRecord, options: TerminalOptions = {}): string {
  const width = widthOf(options);
  const p = paint(options.colour ?? false);
  const lines = [
    p.cyan("A"),
    ...headline(a, width, p),
    "",
    p.cyan("B"),
    ...headline(b, width, p),
    "",
    ...charts([a, b], width, p),
    ...numberLines(a, b, width, p),
    "",
    ...findings(a, b, width, p),
    "",
    ...blocks(a, b, width, p, options.table ?? false),
    ...settings(a, b, width, p),
  ];
  return `${lines.join("\n")}\n`;
}

/** One scale for both, so that heights and slopes compare. */
function charts(records: readonly CheckRecord[], width: number, p: Paint): string[] {
  const curves = records.map((r) => curveOf(r.trunk, "gradient"));
  if (!curves.some(hasPoints)) return [];
  const domain = domainOf(
    curves,
    records.map((r) => bandOf(r.trunk)),
  );
  return records.flatMap((r, i) => {
    if (r.trunk.length === 0) return [];
    const frame = frameOf(r.trunk, width);
    return [
      ...heading("‖∂loss/∂x‖", ends(r), width, p, i === 0 ? "A" : "B"),
      ...chart(r, "gradient", 8, frame, p, domain),
      ...strip(r, frame, p),
      ...keyLines(r, width, p),
      "",
    ];
  });
}

function numberLines(a: CheckRecord, b: CheckRecord, width: number, p: Paint): string[] {
  const [x, y] = [keyNumbers(a), keyNumbers(b)];
  const labels = labelsOf(x, y).map((l) => l.label);
  const label = widest(labels) + 2;
  const room = Math.floor((width - label) / 2);
  const cell = (all: typeof x, l: string): string => all.find((f) => f.label === l)?.value ?? "–";
  if (width < NARROW)
    return labels.flatMap((l) => [
      p.dim(l),
      ...wrap(cell(x, l), width - 4).map((line, i) => `  ${i === 0 ? p.cyan("A") : " "} ${line}`),
      ...wrap(cell(y, l), width - 4).map((line, i) => `  ${i === 0 ? p.cyan("B") : " "} ${line}`),
    ]);
  const name = (r: CheckRecord, letter: string): string => `${p.cyan(letter)} ${padTo(visible(r.model.name), room - 3)} `;
  return [
    `${" ".repeat(label)}${name(a, "A")}${name(b, "B").trimEnd()}`,
    ...labels.map((l) => `${p.dim(padTo(l, label))}${padTo(cell(x, l), room)}${cell(y, l)}`.trimEnd()),
  ];
}

function findings(a: CheckRecord, b: CheckRecord, width: number, p: Paint): string[] {
  const { onlyA, onlyB, both } = splitFindings(a.findings, b.findings);
  const lines: string[] = [];
  for (const [letter, own] of [
    ["A", onlyA],
    ["B", onlyB],
  ] as const) {
    if (own.length === 0) continue;
    lines.push(`only in ${p.cyan(letter)}`, ...sortedFindings(own).flatMap((f) => card(f, width, p)));
  }
  if (both[0].length > 0) lines.push("in both");
  for (const rule of new Set(sortedFindings([...both[0], ...both[1]]).map((f) => f.rule))) {
    const own = both.map((all) => all.filter((f) => f.rule === rule));
    lines.push(title(sortedFindings(own.flat())[0]!, p));
    own.forEach((all, i) => {
      for (const f of all) {
        const accepted = f.accepted ? ` (accepted by ${acceptedWords(f)})` : "";
        const told = wrap(prose(`${visible(f.where)}: ${f.evidence}${accepted}`), width - 4);
        lines.push(...told.map((l, j) => `  ${j === 0 ? p.cyan(i === 0 ? "A" : "B") : " "} ${l}`));
      }
    });
  }
  if (lines.length === 0) lines.push(p.green("✓ nothing found"));
  for (const [letter, r] of [
    ["A", a],
    ["B", b],
  ] as const)
    for (const told of unmatchedWords(r)) lines.push("", ...wrap(told, width - 2).map((l, i) => `${i === 0 ? p.cyan(letter) : " "} ${p.yellow(l)}`));
  return lines;
}

function blocks(a: CheckRecord, b: CheckRecord, width: number, p: Paint, all: boolean): string[] {
  const pairs = alignBlocks(a.blocks, b.blocks);
  if (pairs.length === 0) return [];
  const matched = pairs.filter((q) => q.a && q.b);
  const chosen = new Set(all || pairs.length <= MOST_PAIRS ? pairs : mostDifferent(matched, MOST_PAIRS));
  const numbers = new Map<BlockRow, number>([...a.blocks.entries(), ...b.blocks.entries()].map(([i, r]) => [r, i + 1]));
  const room = Math.max(8, Math.floor((width - 54) / 2));
  const kind = (r: BlockRow): string =>
    `${r.kind}${r.skip === "projection" ? "/p" : r.skip === "scaled" ? "/s" : ""}${r.norms.length > 0 ? "+n" : ""}`;
  const half = (r: BlockRow | undefined, empty = "–"): string => {
    const gain = r && r.lnGain !== null ? factor(r.lnGain) : "";
    if (width < NARROW) return `${padTo(r ? kind(r) : empty, 8)} ${padTo(gain, 8, "right")}`;
    return `${padTo(r ? kind(r) : empty, 12)} ${padTo(r ? visible(r.name) : "", room)} ${padTo(gain, 8, "right")}`;
  };
  const [index, gap, between] = width < NARROW ? [3, " ", "  "] : [5, "  ", "   "];
  const rows: string[] = [];
  let skipped = 0;
  const flush = (): void => {
    if (skipped > 0) rows.push(p.dim(`${"…".padStart(5)}  ${plural(skipped, "more block")}`));
    skipped = 0;
  };
  for (const q of pairs) {
    if (!chosen.has(q)) {
      skipped += 1;
      continue;
    }
    flush();
    const line = `${String(numbers.get((q.a ?? q.b)!)).padStart(index)}${gap}${half(q.a)}${between}${half(q.b)}`.trimEnd();
    rows.push(differs(q) ? p.bold(line) : line);
  }
  flush();
  const head = (letter: string): string =>
    width < NARROW ? `${padTo(letter, 8)} ${"gain".padStart(8)}` : `${padTo(letter, 13 + room)} ${"gain".padStart(8)}`;
  return [
    ...heading("block by block", "gain of the squared norm, output to input", width, p),
    p.dim(`${"#".padStart(index)}${gap}${head("A")}${between}${head("B")}`),
    ...rows,
  ];
}

/** What was chosen: once where both have the same. */
function settings(a: CheckRecord, b: CheckRecord, width: number, p: Paint): string[] {
  if (JSON.stringify(a.settings) === JSON.stringify(b.settings)) return settingLines(a, "chosen", width, p);
  return [...settingLines(a, "chosen for A", width, p), ...settingLines(b, "chosen for B", width, p)];
}

/** Whether the pair is not the same sort of block, or its gains are 1.5 times apart. */
function differs(q: BlockPair): boolean {
  const ratio = gainRatio(q);
  return q.a?.kind !== q.b?.kind || q.a?.skip !== q.b?.skip || (ratio !== null && Math.abs(ratio) > Math.log(1.5));
}

/** The pairs whose gains are furthest apart, in their order. */
function mostDifferent(pairs: readonly BlockPair[], most: number): BlockPair[] {
  const size = (q: BlockPair): number => {
    const ratio = gainRatio(q);
    return ratio === null || Number.isNaN(ratio) ? Infinity : Math.abs(ratio);
  };
  const order = pairs.map((_, i) => i).sort((i, j) => (size(pairs[j]!) === size(pairs[i]!) ? i - j : size(pairs[j]!) - size(pairs[i]!)));
  return order
    .slice(0, most)
    .sort((i, j) => i - j)
    .map((i) => pairs[i]!);
}
