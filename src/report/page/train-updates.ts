import { count, formatShape, magnitude, plural } from "../../util/format.js";
import { decadesOf, logTicks } from "../axis.js";
import { curveThrough } from "../curves.js";
import type { BandPoint } from "../curves.js";
import { chosenSteps, updateRatios } from "../train-run.js";
import type { ParameterRun, Run } from "../train-run.js";
import { datum } from "./coordinates.js";
import { html, svg } from "./html.js";
import type { Html } from "./html.js";
import { swatch } from "./markers.js";
import { depthStageHtml, stageHtml } from "./panel.js";
import { runLetterHtml, runStyle } from "./run-letters.js";
import type { Series } from "./svg-depth.js";
import { heatKeyHtml, heatSvg, scaleOf } from "./svg-heat.js";
import type { HeatRow } from "./svg-heat.js";
import { tableHtml } from "./table.js";
import type { Column } from "./table.js";
import { lastStep } from "./train-curves.js";
import { termHtml } from "./terms.js";
import { nameHtml } from "./typography.js";

/** Rows of a heat map. */
const MOST = 40;
/** What is usual, in decades. */
const USUAL = -3;

const keyOf = (step: number): string => `s${step}`;

/** How far the steps moved the weights: the median of the matrices over the steps, every parameter as a map, and the numbers behind. */
export function trainUpdatesHtml(runs: readonly Run[]): Html | undefined {
  if (runs.every((run) => updateRatios(run).length === 0)) return undefined;
  const lead =
    "How far a step moved the weights, in parts of their own norm. Far above the dotted line the steps may break what was learned; far below it the network hardly changes. It falls with the learning rate and as the gradient becomes small.";
  return html`
    <section><h2>${termHtml("update-ratio", "Update ratio")}</h2><p class="lead">${lead}</p>
      ${runs.some((run) => updateRatios(run).length > 1) && curvePanel(runs)}${runs.map((run, i) => parametersHtml(run, i, runs.length))}
    </section>`;
}

function curvePanel(runs: readonly Run[]): Html {
  const last = lastStep(runs);
  const decades = (ln: number): number => ln / Math.LN10;
  const all = runs.map((run) => updateRatios(run));
  const series = all.flatMap((rows, i): Series[] => {
    const { key, prefix } = runStyle(i, runs.length);
    const curve = curveThrough(rows.map((r) => ({ x: r.step, y: decades(r.middle) })));
    const finite = rows.filter((r) => Number.isFinite(r.middle));
    if (finite.length === 0) return [];
    const band: BandPoint[] = rows
      .filter((r) => Number.isFinite(r.low) && Number.isFinite(r.high))
      .map((r) => ({ x: r.step, low: decades(r.low), high: decades(r.high) }));
    const word = (r: (typeof rows)[number]): string => `${prefix}${magnitude(r.middle, "page")}`;
    return [{ key, column: "middle", curve, last, table: i, band: [band], first: word(finite[0]!), end: word(finite.at(-1)!) }];
  });
  const values = series.flatMap((s) => [...s.curve.pieces.flat().map((q) => q.y), ...s.band!.flat().flatMap((b) => [b.low, b.high])]);
  const domain = decadesOf([...values, USUAL], 2);
  const title = "Update ratio over the steps";
  const stage = depthStageHtml({
    id: "chart-updates",
    title,
    description: all.map((rows, i) => describe(rows, runStyle(i, runs.length).prefix)).join(" "),
    height: 220,
    domain,
    ticks: logTicks(domain, 6),
    series,
    last,
    ends: ["", ""],
    axisTitle: "steps made",
    limits: [{ at: USUAL, label: "usual: about 10⁻³", key: "usual" }],
  });
  const names =
    runs.length === 1
      ? html`<span class="word-gradient">Median of the weight matrices</span>`
      : runs.map((r, i) => runLetterHtml(i, nameHtml(r.name)));
  const band = swatch(svg`<rect class="b-gradient" style="opacity:.3" y="1" width="26" height="12"/>`);
  const tables = all.map((rows, i) => updatesTable(rows, i, runs.length, last));
  return html`
    <figure class="panel" data-tables="${runs.map((_, i) => `updates-${i}`).join(" ")}">
      <h3>${names}<small>${band}<span>from the least to the largest matrix</span></small></h3>${stage}
    </figure>
    ${tables}`;
}

type Ratios = ReturnType<typeof updateRatios>;

function describe(rows: Ratios, prefix: string): string {
  const [first, end] = [rows[0], rows.at(-1)];
  return first && end
    ? `${prefix}${magnitude(first.middle, "page")} at step ${count(first.step)}, ${magnitude(end.middle, "page")} at step ${count(end.step)}.`
    : "";
}

function updatesTable(rows: Ratios, i: number, of: number, last: number): Html {
  const { prefix } = runStyle(i, of);
  const column = (title: string, key: "low" | "middle" | "high"): Column<Ratios[number]> => ({
    title,
    key,
    tip: title.toLowerCase(),
    cell: (r) => magnitude(r[key], "page"),
    sort: (r) => r[key] / Math.LN10,
  });
  const columns: Column<Ratios[number]>[] = [
    { title: "Step", term: "training-step", tip: `${prefix}step`, cell: (r) => count(r.step), sort: (r) => r.step },
    column("Least", "low"),
    column("Median", "middle"),
    column("Largest", "high"),
  ];
  const table = tableHtml(rows, {
    id: `updates-${i}`,
    label: `${prefix}Update ratios over the steps`,
    sortable: true,
    columns,
    data: (r) => ({ "data-x": datum(r.step / last) }),
  });
  return html`<details><summary>The numbers behind the chart${prefix !== "" && ` of ${prefix.trim()}`}: ${plural(rows.length, "measured step")}</summary>${table}</details>`;
}

/** Every parameter as a map over the steps, with its table. */
function parametersHtml(run: Run, i: number, of: number): Html | undefined {
  const { parameters, measured } = run;
  const n = parameters.length;
  if (n === 0 || measured.length === 0) return undefined;
  const { prefix } = runStyle(i, of);
  const rows: readonly HeatRow[] = chosenSteps(run, MOST).map((at) => ({
    label: count(measured[at]!),
    key: keyOf(measured[at]!),
    values: parameters.map((q) => q.ratio[at]!),
  }));
  const scale = scaleOf(rows);
  const title = `${prefix}Update ratio of every parameter over the steps`;
  const map = heatSvg({
    id: `parameters-map-${i}`,
    title,
    description: `${plural(n, "parameter")} at ${plural(rows.length, "step")}, from ${magnitude(scale.low, "page")} to ${magnitude(scale.high, "page")}.`,
    rows,
    scale,
    along: { low: -0.5, high: n - 0.5 },
    table: 0,
    axisTitle: "parameters in the order of the file",
    ends: ["", ""],
    labelled: false,
  });
  const columns: Column<ParameterRun>[] = [
    { title: "Parameter", term: "parameter", text: true, wide: true, key: "value", tip: "", cell: (q) => nameHtml(q.name) },
    { title: "Shape", tip: "shape", cell: (q) => formatShape(q.shape), sort: (q) => q.shape.reduce((a, d) => a * d, 1) },
    { title: "‖w‖ first", cell: (q) => magnitude(q.norm[0]!, "page"), sort: (q) => q.norm[0]! },
    { title: "‖w‖ last", cell: (q) => magnitude(q.norm.at(-1)!, "page"), sort: (q) => q.norm.at(-1)! },
    ...chosenSteps(run, MOST).map((at): Column<ParameterRun> => ({
      title: `Step ${count(measured[at]!)}`,
      key: keyOf(measured[at]!),
      cell: (q) => magnitude(q.ratio[at]!, "page"),
      sort: (q) => q.ratio[at]!,
    })),
  ];
  const place = new Map(parameters.map((q, k) => [q, (k + 0.5) / n]));
  const table = tableHtml(parameters, {
    id: `parameters-${i}`,
    label: `${prefix}Update ratios of every parameter`,
    sortable: true,
    columns,
    data: (q) => ({ "data-x": datum(place.get(q)!) }),
  });
  return html`
    <figure class="panel" data-tables="parameters-${i}">
      <h3><span>Every parameter</span>${of > 1 && runLetterHtml(i, nameHtml(run.name))}<small>a row for each measured step, the first on top; blank where a parameter is zero</small></h3>
      ${stageHtml(title, "parameters", map)}
      ${heatKeyHtml(rows, scale)}
    </figure>
    <details><summary>The numbers behind the map${prefix !== "" && ` of ${prefix.trim()}`}: ${plural(n, "parameter")}</summary>${table}</details>`;
}
