import type { CheckRecord } from "../../study/check-record.js";
import { count, magnitude, plural } from "../../util/format.js";
import type { Curve, Quantity } from "../curves.js";
import type { TermId } from "../glossary.js";
import { html } from "./html.js";
import type { Content, Html } from "./html.js";
import { depthSvg } from "./svg-depth.js";
import type { DepthChart, Zone } from "./svg-depth.js";

// A panel is a part of a page that holds a chart: its heading, the chart, and what its shapes mean.

/** What the panels over depth show: the title with its term, what it is, which column. */
export const SUBJECTS: Readonly<Record<"gradient" | "activation" | "free", { title: string; term: TermId; small: string; quantity: Quantity }>> = {
  gradient: { title: "Gradient norm", term: "gradient-norm", small: "‖∂loss/∂x‖ over the whole tensor, batch included", quantity: "gradient" },
  activation: { title: "Activation", term: "rms", small: "root mean square of x", quantity: "activation" },
  free: {
    title: "Scale-free gradient",
    term: "scale-free",
    small: "gradient norm × activation, relative to the output: flat where a scalar per layer would cure the rest",
    quantity: "scaleFree",
  },
};

/** A chart that shows values under the pointer and answers to the arrow keys; `axis` names what it is read along. */
export const stageHtml = (title: string, axis: string, chart: Html): Html => html`
  <div class="stage" tabindex="0" role="group" aria-label="${title}: arrow keys read the values along the ${axis}">
    ${chart}<div class="tip" role="status"></div>
  </div>`;

/** A chart over depth in its stage. */
export const depthStageHtml = (chart: DepthChart): Html => stageHtml(chart.title, "depth", depthSvg(chart));

/** The switches that hide panels. */
export const togglesHtml = (panels: readonly { readonly key: string; readonly name: Content }[]): Html | undefined =>
  panels.length === 0
    ? undefined
    : html`
        <div class="toggles" role="group" aria-label="Panels">
          ${panels.map((p) => html`<label><input type="checkbox" checked data-panel="panel-${p.key}">${p.name}</label>`)}
        </div>`;

/** The depth at the right edge. */
export function lastDepth(record: CheckRecord): number {
  return Math.max(1, record.trunk[record.trunk.length - 1]?.depth ?? 1);
}

/** The values at the first and the last finite row. */
export function endValues(record: CheckRecord, quantity: Quantity): { first?: string; end?: string } {
  const values = record.trunk
    .map((r) => (quantity === "gradient" ? r.lnGradient : quantity === "activation" ? r.lnActivation : r.lnScaleFree))
    .filter((v) => v !== null && Number.isFinite(v));
  if (values.length === 0) return {};
  return { first: magnitude(values[0]!, "page"), end: magnitude(values[values.length - 1]!, "page") };
}

/** Stem and head: what the verdict leaves out. */
export function zonesOf(record: CheckRecord): Zone[] {
  const body = record.blocks.filter((b) => b.role === "body");
  if (body.length === 0) return [];
  const [from, to, last] = [body[0]!.fromDepth, body[body.length - 1]!.toDepth, lastDepth(record)];
  return [
    { from: 0, to: from, label: "stem" },
    { from: to, to: last, label: "head" },
  ].filter((z) => z.to > z.from);
}

/** What a chart of the gradient shows, for those who do not see it. */
export function describeGradient(record: CheckRecord, curve: Curve): string {
  const nan = curve.gaps.filter((g) => g.kind === "NaN").map((g) => `from depth ${count(g.from)} to ${count(g.to)}`);
  const broken = nan.length > 0 ? ` Not a number ${nan.slice(0, 3).join(", ")}.` : "";
  return `${describeEnds(curve, "‖∂loss/∂x‖")} ${plural(record.blocks.length, "block")} from input to output along the axis.${broken}`;
}

/** The values at both ends of a curve in decades; `write` gives another unit. */
export function describeEnds(curve: Curve, what: string, write: (v: number) => string = (v) => magnitude(v * Math.LN10, "page")): string {
  const first = curve.pieces[0]?.[0];
  const end = curve.pieces[curve.pieces.length - 1]?.at(-1);
  if (!first || !end) return `${what}: no finite value.`;
  return `${what}: ${write(first.y)} at depth ${count(first.x)}, ${write(end.y)} at depth ${count(end.x)}.`;
}
