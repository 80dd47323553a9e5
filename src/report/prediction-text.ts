import { decimals, factor, magnitude, plural, rate } from "../util/format.js";
import type { PredictedBlock, PredictionRecord } from "../study/prediction-record.js";
import { padTo, prose, visible, wrap } from "./visible.js";

const WIDTH = 80;
/** Lines of the list of ops without a law. */
const MOST = 12;

/** Neighbouring blocks of which theory says the same. */
interface Run {
  readonly first: PredictedBlock;
  readonly last: PredictedBlock;
  readonly count: number;
  /** Sum of ln of the gains. */
  readonly ln: number | null;
}

/** Gains of neighbours that differ by less count as one: weights are drawn. */
const SAME = Math.log(1.08);

function runsOf(blocks: readonly PredictedBlock[]): readonly Run[] {
  const runs: Run[] = [];
  for (const b of blocks) {
    const open = runs[runs.length - 1];
    const alike =
      open &&
      open.first.kind === b.kind &&
      open.first.skip === b.skip &&
      open.first.role === b.role &&
      (open.first.lnGain === null ? b.lnGain === null : b.lnGain !== null && Math.abs(open.first.lnGain - b.lnGain) < SAME);
    if (alike) runs[runs.length - 1] = { ...open, last: b, count: open.count + 1, ln: b.lnGain === null ? null : open.ln! + b.lnGain };
    else runs.push({ first: b, last: b, count: 1, ln: b.lnGain });
  }
  return runs;
}

/** What theory says of the whole, in a sentence. */
export function predictionSentence({ growth, blocks }: PredictionRecord): string {
  const { ln, perBlock, known } = growth;
  if (blocks.length === 0) return "The network has no blocks to say anything of.";
  if (growth.blocks === 0) return "The network has no body: nothing stands between its first layer and its head.";
  if (ln === null || perBlock === null) return `No law reaches any of the ${plural(growth.blocks, "block")} of the body.`;
  const where =
    known === growth.blocks ? `the body's ${plural(known, "block")}` : `the ${known} of the body's ${growth.blocks} blocks that laws reach`;
  if (Number.isNaN(ln))
    return `Over ${where} the laws give no number: where nothing passes at all, neither values nor gradients, a factor is not defined.`;
  const change = ln > 0.1 ? "grows" : ln < -0.1 ? "falls" : "keeps its size";
  const grown = change === "keeps its size" ? `(${factor(ln)})` : factor(ln);
  return `From output to input the squared gradient ${change} ${grown} over ${where}: ×${rate(perBlock)} a block.`;
}

/** A prediction as text of so many columns, 40 to 80: the growth, block by block, what no law is known for, and what all this assumes. */
export function predictionText(record: PredictionRecord, columns: number = WIDTH): string {
  const { model, growth } = record;
  const width = Math.min(WIDTH, Math.max(40, columns));
  const lines = [
    visible(model.name, width),
    `${plural(model.nodes, "node")}, ${plural(model.parameters, "parameter")}`,
    "",
    ...wrap(`Theory: ${predictionSentence(record)}`, width),
  ];
  if (growth.ln !== null && growth.sd > 0)
    lines.push(
      ...wrap(
        `At these widths its logarithm, ${decimals(growth.ln, 2)}, varies by about ±${decimals(growth.sd, 2)} from one draw of the weights to the next.`,
        width,
      ),
    );
  if (record.blocks.length > 0) lines.push("", ...table(record.blocks, width));
  if (record.without.length > 0) {
    lines.push("", "No law is known for");
    for (const w of record.without.slice(0, MOST)) {
      const times = w.count > 1 ? ` and ${w.count - 1} more` : "";
      const why = w.reason === `no law for ${w.op}` ? "" : `: ${prose(w.reason)}`;
      const told = wrap(`${visible(w.op)} (${visible(w.node, 60)}${times})${why}`, width - 4);
      lines.push(...told.map((l, i) => `${i === 0 ? "  " : "    "}${l}`));
    }
    if (record.without.length > MOST) lines.push(`  … and ${record.without.length - MOST} more; --json lists them all`);
    lines.push(...wrap("Gains are known again behind the next value that everything passes.", width));
  }
  lines.push("", ...wrap(`Assumes: ${record.assumptions.join("; ")}.`, width), ...wrap(`Source: ${record.source}.`, width));
  if (record.settings.length > 0)
    lines.push(...wrap(`Chosen: ${record.settings.map((s) => `${visible(s.what)} ${prose(s.value)}`).join("; ")}.`, width));
  return `${lines.join("\n")}\n`;
}

const NAME = 30;
const KIND = 21;

/** Fewer columns hold the name of a block and its gain only. */
const NARROW = 79;

function table(blocks: readonly PredictedBlock[], width: number): readonly string[] {
  const row = (name: string, kind: string, part: string, gain: string, size: string): string =>
    width < NARROW
      ? `${padTo(name, Math.min(NAME, width - 11))} ${padTo(gain, 10, "right")}`
      : `${padTo(name, NAME)} ${padTo(kind, KIND)} ${padTo(part, 4)} ${padTo(gain, 10, "right")} ${padTo(size, 10, "right")}`.trimEnd();
  const rows = runsOf(blocks).map(({ first, last, count, ln }) => {
    const gain = ln === null ? "no law" : factor(ln / count);
    return row(
      count === 1 ? visible(first.name, NAME) : stretch(first.name, last.name, count),
      first.skip === null ? first.kind : `${first.kind}, ${first.skip}`,
      first.role,
      gain,
      last.lnMeanSquare === null ? "–" : magnitude(last.lnMeanSquare / 2),
    );
  });
  return [row("block", "kind", "part", "gain of g²", "rms after"), ...rows];
}

/** `block1 … block50 (50)`: without what the names of both end with. */
function stretch(first: string, last: string, count: number): string {
  const [a, b] = [first.split("."), last.split(".")];
  while (a.length > 1 && b.length > 1 && a[a.length - 1] === b[b.length - 1]) {
    a.pop();
    b.pop();
  }
  const many = ` (${count})`;
  const room = Math.floor((NAME - 3 - many.length) / 2);
  return `${visible(a.join("."), room)} … ${visible(b.join("."), room)}${many}`;
}
