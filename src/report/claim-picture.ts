import { joinedParts, labelParts, numberOf } from "../study/claims-record.js";
import type { ClaimRecord, EvidenceRow, LabelPart, Quantity } from "../study/claims-record.js";
import { capitalised } from "../util/format.js";

/** How the numbers of a picture are told: as factors by their natural logarithms, on a logarithmic axis, or as they are. */
export type Scale = "factor" | "logarithmic" | "linear";

/** A measured number in a picture. */
export interface PicturePoint {
  /** Its place on the axis; 0 where there is none. */
  readonly x: number;
  readonly row: EvidenceRow;
}

/** What is plotted as one line: an arm over the axis. */
export interface PictureLine {
  readonly name: string;
  readonly control: boolean;
  /** Lines of one marker are the same arm in several parts of a picture; 0, 1, … */
  readonly marker: number;
  /** Along the axis, finite values only. */
  readonly points: readonly PicturePoint[];
}

/** A part of a picture: all have the same axes. */
export interface PicturePart {
  /** What all its lines share; empty where there is one part. */
  readonly title: string;
  readonly lines: readonly PictureLine[];
}

/** The axis along which numbers are plotted. */
export interface PictureAxis {
  readonly title: string;
  readonly isDepth: boolean;
}

export const DEPTH: PictureAxis = { title: "depth L", isDepth: true };

/** Rows of one kind, arranged to be plotted. */
export interface Picture {
  readonly quantity: Quantity;
  readonly scale: Scale;
  /** What x is; undefined where every arm has one number, to be plotted in rows. */
  readonly axis: PictureAxis | undefined;
  readonly parts: readonly PicturePart[];
  /** What every arm's name begins with, left out of them. */
  readonly shared: string;
  /** How many rows are not finite: they have no place. */
  readonly left: number;
}

/** No more lines can be told apart in one part. */
const MOST_LINES = 8;

/** A line, with what tells it from the others: the parts of its label that are not told elsewhere. */
interface Line {
  readonly name: string;
  readonly distinctive: readonly LabelPart[];
  readonly points: readonly PicturePoint[];
}

/** The picture of a claim: the rows that it names (default: those of its first), a line for every arm. Undefined where there is nothing to plot. */
export function pictureOf({ evidence }: Pick<ClaimRecord, "evidence">): Picture | undefined {
  const what = evidence.picture ?? evidence.figures[0]?.what;
  const all = evidence.figures.filter((f) => f.what === what);
  const rows = all.filter((f) => Number.isFinite(f.measured.value));
  if (what === undefined || rows.length === 0) return undefined;
  const ownAxis = rows.every((f) => f.x !== undefined && f.x.axis === rows[0]!.x?.axis);
  const overDepth = rows.every((f) => f.depth !== null);
  const placed = rows.map((row) => ({ x: (ownAxis ? row.x?.value : row.depth) ?? 0, row }));
  const inRows = new Set(placed.map((p) => p.x)).size < 2 || !(ownAxis || overDepth);
  const several = ownAxis && new Set(rows.map((f) => f.depth)).size > 1;
  const depths = (f: EvidenceRow): readonly LabelPart[] => (several ? depthOf(f) : []);
  // The whole name is that of the record, which may be spelled in its own way.
  const single = linesOf(placed, (f) => [...labelOf(f), ...depths(f)], (f) => [f.arm, ...depths(f).map((p) => p.text)].join(", ")); // prettier-ignore
  const { shared, lines } = sharedOf(inRows ? single : merged(single, placed));
  const quantity = quantityOf(rows[0]!);
  return {
    quantity,
    scale: scaleOf(quantity, rows),
    axis: inRows ? undefined : ownAxis ? { title: rows[0]!.x!.axis, isDepth: false } : DEPTH,
    parts: inRows ? [{ title: "", lines: marked(lines) }] : partsOf(lines),
    shared,
    left: all.length - rows.length,
  };
}

/** What the label of a row's arm is made of; of a row about no single arm, its own words. */
function labelOf({ arm, factors }: EvidenceRow): readonly LabelPart[] {
  if (factors === undefined) return [{ factor: "network", text: arm, quantity: false, joint: ", " }];
  return labelParts(factors);
}

const depthOf = ({ depth }: EvidenceRow): readonly LabelPart[] =>
  depth === null ? [] : [{ factor: "depth", text: `L = ${depth}`, quantity: true, joint: ", " }];

/** Points of one name are one line, along the axis. */
function linesOf(
  points: readonly PicturePoint[],
  labelled: (f: EvidenceRow) => readonly LabelPart[],
  named: (f: EvidenceRow) => string = (f) => joinedParts(labelled(f)),
): readonly Line[] {
  const found = new Map<string, { readonly distinctive: readonly LabelPart[]; readonly points: PicturePoint[] }>();
  for (const p of points) {
    const name = named(p.row);
    if (!found.has(name)) found.set(name, { distinctive: labelled(p.row), points: [] });
    found.get(name)!.points.push(p);
  }
  return [...found].map(([name, line]) => ({ name, distinctive: line.distinctive, points: [...line.points].sort((a, b) => a.x - b.x) }));
}

const relabelled = (line: Line, distinctive: readonly LabelPart[]): Line => ({ ...line, distinctive, name: joinedParts(distinctive) });

/** The parts that all labels begin with, apart from the labels. */
function sharedOf(lines: readonly Line[]): { readonly shared: string; readonly lines: readonly Line[] } {
  const [first, ...others] = lines.map((l) => l.distinctive);
  if (first === undefined || others.length === 0) return { shared: "", lines };
  const most = Math.min(first.length, ...others.map((o) => o.length)) - 1;
  let n = 0;
  while (n < most && others.every((o) => o[n]!.text === first[n]!.text)) n++;
  return { shared: joinedParts(first.slice(0, n)), lines: n === 0 ? lines : lines.map((l) => relabelled(l, l.distinctive.slice(n))) };
}

/** Where every arm has one point only, arms that differ by quantities are one line. */
function merged(lines: readonly Line[], points: readonly PicturePoint[]): readonly Line[] {
  if (lines.some((l) => new Set(l.points.map((p) => p.x)).size > 1)) return lines;
  return linesOf(points, (f) => labelOf(f).filter((p) => !p.quantity));
}

/** One part, or as many as it takes: by a quantity that all lines have, else in order. */
function partsOf(lines: readonly Line[]): readonly PicturePart[] {
  if (lines.length <= MOST_LINES) return [{ title: "", lines: marked(lines) }];
  const quantities = new Set(lines.flatMap((l) => l.distinctive.flatMap((p) => (p.quantity ? [p.factor] : []))));
  for (const factor of quantities) {
    const valueOf = (l: Line): string | undefined => l.distinctive.find((p) => p.factor === factor)?.text;
    if (lines.some((l) => valueOf(l) === undefined)) continue;
    const values = [...new Set(lines.map((l) => valueOf(l)!))];
    const split = values.map((v) => lines.filter((l) => valueOf(l) === v).map((l) => relabelled(l, l.distinctive.filter((p) => p.factor !== factor)))); // prettier-ignore
    if (values.length < 2 || split.some((part) => part.length > MOST_LINES)) continue;
    const names = [...new Set(split.flat().map((l) => l.name))];
    if (names.length <= MOST_LINES) return values.map((title, i) => ({ title, lines: marked(split[i]!, names) }));
  }
  const count = Math.ceil(lines.length / MOST_LINES);
  const size = Math.ceil(lines.length / count);
  return Array.from({ length: count }, (_, i) => ({ title: `${i + 1} of ${count}`, lines: marked(lines.slice(i * size, (i + 1) * size)) }));
}

const marked = (lines: readonly Line[], names: readonly string[] = lines.map((l) => l.name)): readonly PictureLine[] =>
  lines.map(({ name, points }) => ({ name, points, marker: names.indexOf(name), control: points.every((p) => p.row.role === "control") }));

/** What the number of a row is. Records of earlier versions do not say: their numbers are plotted as they are. */
export const quantityOf = ({ quantity, what }: EvidenceRow): Quantity => quantity ?? numberOf(what);

/** Logarithms are told as factors; what is positive and spans a factor of 30 has a logarithmic axis. */
function scaleOf({ kind }: Quantity, rows: readonly EvidenceRow[]): Scale {
  if (kind === "logarithm") return "factor";
  const values = rows.flatMap((f) => [f.measured.value, ...(f.law ? [f.law.value] : [])]);
  return values.every((v) => v > 0) && Math.max(...values) / Math.min(...values) > 30 ? "logarithmic" : "linear";
}

/** A number of a picture where its axis has it: decades on a logarithmic one. */
export const placeOn = (scale: Scale, value: number): number =>
  scale === "factor" ? value / Math.LN10 : scale === "logarithmic" ? (value > 0 ? Math.log10(value) : -Infinity) : value;

/** What is plotted, in words: the logarithm is in the axis. */
export const titleOf = ({ quantity }: Pick<Picture, "quantity">): string => capitalised(quantity.of);
