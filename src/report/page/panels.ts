import { decades, rangeOf, ticks } from "../axis.js";
import type { Domain } from "../axis.js";
import type { BlockRow, CheckRecord } from "../../study/check-record.js";
import { count, decade, magnitude, plural } from "../../util/format.js";
import { bandOf, curveOf, domainOf, fittedLine, hasPoints, valuesOf } from "../profile.js";
import type { Curve, Quantity } from "../profile.js";
import { censusOf } from "../strip.js";
import { perBlockWords } from "../headline.js";
import { escape } from "./escape.js";
import { panelSvg } from "./svg.js";
import type { Panel, Series } from "./svg.js";

/** The depth at the right edge. */
export function lastDepth(record: CheckRecord): number {
  return Math.max(1, record.trunk[record.trunk.length - 1]?.depth ?? 1);
}

/** Ticks of a logarithmic axis: decades, with 2 and 5 between where there are few. */
export function logTicks(domain: Domain, most: number): { at: number; label: string }[] {
  if (3 * (domain.high - domain.low) <= most) {
    const out: { at: number; label: string }[] = [];
    for (let d = Math.floor(domain.low); d <= domain.high; d++) {
      for (const m of [1, 2, 5]) {
        const value = d + Math.log10(m);
        const label = d >= -3 && d < 4 ? String(Number((m * 10 ** d).toPrecision(1))) : `${m === 1 ? "" : `${m}×`}${decade(d, "page")}`;
        if (value >= domain.low && value <= domain.high) out.push({ at: value, label });
      }
    }
    return out;
  }
  return decades(domain, most).map((t) => ({ at: t, label: decade(t, "page") }));
}

/** A chart that shows values under the pointer and answers to the arrow keys. */
export function stageHtml(panel: Panel): string {
  return `<div class="stage" tabindex="0" role="group" aria-label="${escape(panel.title)}: arrow keys read the values along the depth">${panelSvg(panel)}<div class="tip" role="status"></div></div>`;
}

/** The three curves of a profile: title, what it is, which column. */
export const NAMES: Readonly<Record<"gradient" | "activation" | "free", { title: string; small: string; quantity: Quantity }>> = {
  gradient: { title: "Gradient norm", small: "‖∂loss/∂x‖ over the whole tensor, batch included", quantity: "gradient" },
  activation: { title: "Activation", small: "root mean square of x", quantity: "activation" },
  free: {
    title: "Scale-free gradient",
    small: "gradient norm × activation, relative to the output: flat where a scalar per layer would cure the rest",
    quantity: "scaleFree",
  },
};

/** The small picture of a line or an area in a heading. */
export function swatch(inside: string): string {
  return `<svg viewBox="0 0 26 14" aria-hidden="true">${inside}</svg>`;
}

/** The profile: gradient with its blocks; activation and scale-free gradient below it. */
export function profileHtml(record: CheckRecord): string {
  const gradient = curveOf(record.trunk, "gradient");
  if (record.trunk.length === 0) return `<p class="note">The network has no trunk to measure along.</p>`;
  const others = (["activation", "free"] as const).filter((k) => hasPoints(curveOf(record.trunk, NAMES[k].quantity)));
  const toggles = others.map(
    (k) => `<label><input type="checkbox" checked data-panel="panel-${k}"><span class="word-${k}">${NAMES[k].title}</span></label>`,
  );
  return (
    `<figure data-tables="trunk" data-blocks="blocks">` +
    (toggles.length > 0 ? `<div class="toggles" role="group" aria-label="Panels">${toggles.join("")}</div>` : "") +
    gradientPanel(record, gradient) +
    others.map((k) => smallPanel(record, k)).join("") +
    `</figure>`
  );
}

function gradientPanel(record: CheckRecord, curve: Curve): string {
  const last = lastDepth(record);
  const band = bandOf(record.trunk);
  const line = fittedLine(record);
  const domain = domainOf([curve], [band]);
  const series: Series = { key: "gradient", curve, last, table: 0, band, ...(line ? { line: line.points } : {}), ...endWords(record, "gradient") };
  const panel: Panel = {
    id: "chart-gradient",
    title: "Gradient norm over depth",
    description: describe(record, curve),
    height: hasPoints(curve) ? 330 : 120,
    domain,
    ticks: hasPoints(curve) ? logTicks(domain, 8) : [],
    series: [series],
    strips: [{ blocks: record.blocks, trunk: record.trunk, last }],
    last,
    axisTitle: "depth: cuts of the trunk",
    zones: zonesOf(record),
  };
  const notes = [
    band.some((piece) => piece.length > 1)
      ? `<small>${swatch('<rect class="b-gradient" style="opacity:.3" y="1" width="26" height="12"/>')}95 % interval${overWords(record)}</small>`
      : "",
    line ? `<small>${swatch('<path class="law" d="M0 7H26"/>')}law fitted: ${escape(lawLabel(record, line.label))}</small>` : "",
  ];
  return `<div class="panel"><h3><span class="word-gradient">${NAMES.gradient.title}</span><small>${NAMES.gradient.small}</small>${notes.join("")}</h3>${stageHtml(panel)}${keysHtml([record])}</div>`;
}

/** What the law's line says. */
function lawLabel(record: CheckRecord, label: string | undefined): string {
  const rate = record.law === "exponential" ? `${perBlockWords(record.growth.gradient, "page")} per block on the square` : undefined;
  return [label, rate].filter((w) => w !== undefined).join(", ");
}

/** What the curve's band is an interval of. */
function overWords(record: CheckRecord): string {
  const of = record.replicates;
  if (!of) return "";
  return of.over === "batches"
    ? ` of the mean over ${count(of.count)} batches; the curve is the first of them`
    : ` of a typical one of ${count(of.count)} examples; the curve adds all up, and large ones lift it`;
}

function smallPanel(record: CheckRecord, key: "activation" | "free"): string {
  const { title, small, quantity } = NAMES[key];
  const curve = curveOf(record.trunk, quantity);
  const domain = domainOf([curve], [], 0.34);
  const last = lastDepth(record);
  const panel: Panel = {
    id: `chart-${key}`,
    title: `${title} over depth`,
    description: describeRange(curve, small),
    height: 120,
    domain,
    ticks: logTicks(domain, 4),
    series: [{ key, curve, last, table: 0, ...endWords(record, quantity) }],
    last,
    zones: zonesOf(record).map((z) => ({ ...z, label: "" })),
  };
  return `<div class="panel" id="panel-${key}"><h3><span class="word-${key}">${title}</span><small>${small}</small></h3>${stageHtml(panel)}</div>`;
}

/** The values at the first and the last finite row. */
export function endWords(record: CheckRecord, quantity: Quantity): { first?: string; end?: string } {
  const values = record.trunk
    .map((r) => (quantity === "gradient" ? r.lnGradient : quantity === "activation" ? r.lnActivation : r.lnScaleFree))
    .filter((v) => v !== null && Number.isFinite(v));
  if (values.length === 0) return {};
  return { first: magnitude(values[0]!, "page"), end: magnitude(values[values.length - 1]!, "page") };
}

/** Stem and head: what the verdict leaves out. */
export function zonesOf(record: CheckRecord): { from: number; to: number; label: string }[] {
  const body = record.blocks.filter((b) => b.role === "body");
  if (body.length === 0) return [];
  const [from, to, last] = [body[0]!.fromDepth, body[body.length - 1]!.toDepth, lastDepth(record)];
  return [
    { from: 0, to: from, label: "stem" },
    { from: to, to: last, label: "head" },
  ].filter((z) => z.to > z.from);
}

/** What the strip's shapes mean, for those that occur. */
export function keysHtml(records: readonly CheckRecord[]): string {
  const blocks = records.flatMap((r) => r.blocks);
  const trunk = records.flatMap((r) => r.trunk);
  // "16 residual blocks", or "residual blocks: A 16, B 0".
  const words = (noun: string, test: (b: BlockRow) => boolean): string => {
    const counts = records.map((r) => r.blocks.filter(test).length);
    return counts.length === 1 ? plural(counts[0]!, noun) : `${noun}s: ${counts.map((n, i) => `${i === 0 ? "A" : "B"} ${count(n)}`).join(", ")}`;
  };
  const arc = (kind: BlockRow["kind"], more: string): string => `<path class="arc a-${kind} ${more}" d="M4 9C4 0 22 0 22 9"/>`;
  const shape: Readonly<Record<BlockRow["kind"], string>> = {
    plain: "",
    other: "",
    residual: arc("residual", ""),
    gated: `${arc("gated", "")}<circle class="gate" cx="13" cy="2.5" r="2.2"/>`,
    dense: `${arc("dense", "")}<path class="arc a-dense" d="M9 9C9 4 17 4 17 9"/>`,
  };
  const items = censusOf(blocks).map(
    (c) =>
      `<li>${swatch(`<rect class="k-${c.kind}" x="2" y="9" width="22" height="5"/>${shape[c.kind]}`)}${words(`${c.kind} block`, (b) => b.kind === c.kind)}</li>`,
  );
  const skips = (["projection", "scaled"] as const).flatMap((s) => {
    const own = blocks.filter((b) => b.skip === s);
    const kind = own[0]?.kind ?? "residual";
    return own.length === 0
      ? []
      : [`<li>${swatch(arc(kind, `s-${s}`))}${words(s === "scaled" ? "scaled skip" : "projection", (b) => b.skip === s)}</li>`];
  });
  const normed = (b: BlockRow): boolean => b.norms.length > 0;
  const norms = blocks.some(normed)
    ? [`<li>${swatch('<path class="norm-mark" d="M13 3l4 4-4 4-4-4z"/>')}${words("block", normed)} with a norm</li>`]
    : [];
  const inner = trunk.some((r) => r.nesting > 0);
  if (inner) norms.push(`<li>${swatch('<path class="nested" d="M2 6v4H24V6"/>')}inner chain: time steps, or the inside of a long skip</li>`);
  const all = [...items, ...skips, ...norms, ...gapKeys(records)];
  return all.length === 0 ? "" : `<ul class="keys" aria-label="What the shapes mean">${all.join("")}</ul>`;
}

/** What stands where a curve has no finite value. */
function gapKeys(records: readonly CheckRecord[]): string[] {
  const kinds = new Set(records.flatMap((r) => (["gradient", "activation"] as const).flatMap((q) => curveOf(r.trunk, q).gaps.map((g) => g.kind))));
  const words = { NaN: "hatched: not a number", infinite: "∞: beyond the range of the arithmetic", zero: "0: exactly zero", none: "" } as const;
  return (["NaN", "infinite", "zero"] as const).filter((k) => kinds.has(k)).map((k) => `<li class="word-gap">${words[k]}</li>`);
}

export function describe(record: CheckRecord, curve: Curve): string {
  const nan = curve.gaps.filter((g) => g.kind === "NaN");
  const broken =
    nan.length > 0
      ? ` Not a number ${nan
          .map((g) => `from depth ${g.from} to ${g.to}`)
          .slice(0, 3)
          .join(", ")}.`
      : "";
  return `${describeRange(curve, "‖∂loss/∂x‖")} ${plural(record.blocks.length, "block")} from input to output along the axis.${broken}`;
}

function describeRange(curve: Curve, what: string): string {
  const first = curve.pieces[0]?.[0];
  const piece = curve.pieces[curve.pieces.length - 1];
  const end = piece?.[piece.length - 1];
  if (!first || !end) return `${what}: no finite value.`;
  const words = (v: number): string => magnitude(v * Math.LN10, "page");
  return `${what}: ${words(first.y)} at depth ${first.x}, ${words(end.y)} at depth ${end.x}.`;
}

/** How alike the examples become: mean cosine, and the share of the activation that tells them apart. */
export function collapseHtml(record: CheckRecord): string {
  const cosine = curveOf(record.trunk, "cosine");
  const centred = curveOf(record.trunk, "centred");
  if (!hasPoints(cosine) && !hasPoints(centred)) return "";
  const low = Math.min(0, Math.floor(5 * (rangeOf(valuesOf(cosine))?.low ?? 0) + 0.5) / 5);
  const domain: Domain = { low: low - 0.02, high: 1.03 };
  const last = lastDepth(record);
  const panel: Panel = {
    id: "chart-collapse",
    title: "Likeness of the examples over depth",
    description: `${describeShare(cosine, "mean cosine")} ${describeShare(centred, "centred share")}`,
    height: 190,
    domain,
    ticks: ticks(domain, 5).map((t) => ({ at: t, label: t < 0 ? `−${-t}` : String(t) })),
    series: [
      { key: "cosine", curve: cosine, last, table: 0 },
      { key: "centred", curve: centred, last, table: 0 },
    ].filter((s) => hasPoints(s.curve)),
    last,
    axisTitle: "depth: cuts of the trunk",
    limits: [
      { at: 0.98, label: hasPoints(cosine) ? "cosine .98" : "", key: "cosine" },
      { at: 0.05, label: hasPoints(centred) ? "share .05" : "", key: "centred" },
    ].filter((l) => l.label !== ""),
  };
  return `<figure class="panel" data-tables="trunk" data-blocks="blocks"><h3><span class="word-cosine">Mean cosine between examples</span><span class="word-centred">Centred share of mean x²</span></h3>${stageHtml(panel)}</figure>`;
}

function describeShare(curve: Curve, what: string): string {
  const first = curve.pieces[0]?.[0];
  const piece = curve.pieces[curve.pieces.length - 1];
  const end = piece?.[piece.length - 1];
  return first && end ? `${what}: ${first.y.toFixed(3)} at depth ${first.x}, ${end.y.toFixed(3)} at depth ${end.x}.` : "";
}
