import { commandHtml } from "./page/claim-sections.js";
import { documentHtml } from "./page/document.js";
import { html, svg } from "./page/html.js";
import type { Html } from "./page/html.js";
import { swatch } from "./page/markers.js";
import { mapSvg } from "./page/svg-map.js";
import type { MapChart } from "./page/svg-map.js";
import { tableHtml } from "./page/table.js";
import { aboutHtml, termHtml } from "./page/terms.js";
import { mathHtml, mathSvg } from "./page/typography.js";
import { change, decimals, exact, level, plural, rate } from "../util/format.js";
import type { PhaseCell, PhaseRecord } from "../study/phase-record.js";
import { phaseSentences } from "./phase-text.js";
import { visible } from "./visible.js";

const ABOUT =
  "This page shows for which variances of the weights and biases the gradient of a deep network vanishes, for which it explodes, and whether theory says the same.";

/** A phase diagram as one self-contained page: the measured map, theory's line over it, every number. */
export function phasePage(record: PhaseRecord): string {
  const { depth, width, seeds } = record;
  const name = visible(record.activation);
  const lead =
    `Fully connected ${name} networks of ${depth} layers and width ${width} at initialisation, ${plural(seeds, "network")} at every point: ` +
    `ln of the factor by which one layer multiplies the squared gradient on its way back, over the last two thirds of the layers. ` +
    `On one side of the line gradients vanish and all inputs become alike (order), on the other they explode and near inputs part (chaos).`;
  const sentence = mathHtml(phaseSentences(record, "page").join(" "));
  return documentHtml(`Order to chaos: ${name} – isograd`, [
    html`<header><p class="eyebrow">Phase diagram</p><h1>Order to chaos: ${name}</h1>${aboutHtml(ABOUT)}</header>`,
    html`<section class="verdict answer" aria-label="What was found"><p class="sentence">${sentence}</p></section>`,
    html`<section><h2>${termHtml("chi", "Measured gain per layer")}, over theory</h2><p class="lead">${mathHtml(lead)}</p>${mapPanel(record)}${numbersHtml(record)}</section>`,
    html`
      <section><h2>What this rests on</h2>
        <dl class="settings">
          <dt>Assumes</dt><dd>${mathHtml(record.assumptions.join("; "))}</dd>
          <dt>Source</dt><dd>${mathHtml(record.source)}</dd>
          <dt>${termHtml("interval", "Intervals")}</dt><dd>${level(record.level, "page")} each: all hold at once with ${level(0.95, "page")}</dd>
        </dl>
        ${record.command !== undefined && commandHtml(record.command)}
      </section>`,
  ]);
}

const variance = (v: number): string => exact(v, "page");
const gain = (ln: number): string => change(ln, "page");

function mapPanel(record: PhaseRecord): Html {
  const { cells, sigmaW2, sigmaB2 } = record;
  // Half of full colour at a factor of 1.5 a layer: most of a diagram lies below.
  const tone = (c: PhaseCell): number => (Number.isNaN(c.measured.value) ? 0 : Math.tanh(1.4 * c.measured.value));
  const chart: MapChart = {
    id: "phase",
    title: `Measured ln gain of the squared gradient per layer over σ_w² and σ_b², ${visible(record.activation)}`,
    description: phaseSentences(record, "page").join(" "),
    height: 380,
    columns: sigmaW2,
    rows: sigmaB2,
    columnLabels: sigmaW2.map(variance),
    rowLabels: sigmaB2.map(variance),
    axes: [mathSvg("σ_w²: variance of the weights times the width"), mathSvg("σ_b²")],
    cells: cells.map((c) => ({ label: gain(c.measured.value), tone: tone(c), sure: c.side !== "undecided", words: cellTip(c) })),
    line: piecesOf(record),
  };
  const field = (side: "falls" | "rises"): Html => swatch(svg`<rect class="field ${side}" style="--m:60%" x="2" y="1" width="22" height="12"/>`);
  return html`
    <figure class="panel map">
      <div class="stage">${mapSvg(chart)}</div>
      <ul class="keys what">
        <li>${field("falls")}<span>− the gradient falls from layer to layer: ${termHtml("phase", "order")}</span></li>
        <li>${field("rises")}<span>+ it grows: ${termHtml("phase", "chaos")}</span></li>
        ${cells.some((c) => c.side === "undecided") && html`<li>hatched: the interval holds 0</li>`}
        ${record.line.length > 0 && html`<li>${swatch(svg`<path class="critical" d="M0 7H26"/>`)}<span>theory’s ${termHtml("critical", "critical line")}, χ₁ = 1</span></li>`}
      </ul>
    </figure>`;
}

/** What stands under the pointer. */
function cellTip(c: PhaseCell): string {
  const { value, low, high } = c.measured;
  const place = `σ_w² ${variance(c.sigmaW2)}, σ_b² ${variance(c.sigmaB2)}`;
  return `${place}: ${gain(value)} (${gain(low)} to ${gain(high)}); the recursion says ${gain(c.law.value)}`;
}

/** The line in pieces: where a row has several points the first belongs to the first piece, and so on; a jump begins a new one. */
function piecesOf({ line, sigmaW2 }: PhaseRecord): readonly (readonly (readonly [number, number])[])[] {
  const span = sigmaW2[sigmaW2.length - 1]! - sigmaW2[0]!;
  const pieces: [number, number][][] = [];
  for (const { sigmaW2: w, sigmaB2: b } of line) {
    const near = pieces.find((p) => {
      const [lastW, lastB] = p[p.length - 1]!;
      return b > lastB && Math.abs(w - lastW) < 0.3 * span;
    });
    if (near) near.push([w, b]);
    else pieces.push([[w, b]]);
  }
  return pieces;
}

const HELD = { equal: "holds", different: "does not hold", undecided: "open" } as const;

/** What a dead network gives is no number, and not defined. */
const defined = (v: number): number | null => (Number.isNaN(v) ? null : v);
const precise = (v: number): string => decimals(defined(v), 3, "page");

function numbersHtml(record: PhaseRecord): Html {
  const table = tableHtml(record.cells, {
    id: "cells",
    label: "Every point",
    sortable: true,
    columns: [
      { title: mathHtml("σ_w²"), term: "sigma-w", cell: (c) => variance(c.sigmaW2), sort: (c) => c.sigmaW2 },
      { title: mathHtml("σ_b²"), term: "sigma-b", cell: (c) => variance(c.sigmaB2), sort: (c) => c.sigmaB2 },
      { title: "Measured ln gain", term: "estimate", cell: (c) => precise(c.measured.value), sort: (c) => c.measured.value },
      { title: "Interval", term: "interval", cell: (c) => `${precise(c.measured.low)} to ${precise(c.measured.high)}` },
      { title: "As a factor", cell: (c) => (defined(c.measured.value) === null ? "–" : `×${rate(Math.exp(c.measured.value), "page")}`) },
      { title: "Recursion", term: "recursion", cell: (c) => `${precise(c.law.value)} ± ${precise(c.law.margin)}`, sort: (c) => c.law.value },
      { title: "The recursion", term: "equal", text: true, cell: (c) => HELD[c.law.held] },
      { title: "χ₁ in the long run", term: "chi", cell: (c) => rate(c.chi1, "page"), sort: (c) => c.chi1 },
      { title: "Phase by theory", term: "phase", text: true, cell: (c) => c.phase },
      { title: "Measured phase", term: "phase", text: true, cell: (c) => c.side },
    ],
  });
  return html`<details><summary>The numbers: ${plural(record.cells.length, "point")}</summary>${table}</details>`;
}
