import { escape, mathHtml, mathSvg } from "./page/escape.js";
import { levelWords } from "./page/claim-figure.js";
import { commandHtml } from "./page/claim-sections.js";
import { documentHtml } from "./page/document.js";
import { swatch } from "./page/panels.js";
import { mapSvg } from "./page/svg-map.js";
import { tableHtml } from "./page/table.js";
import { number, plural, rate } from "../util/format.js";
import type { PhaseCell, PhaseRecord } from "../study/phase-record.js";
import { gainWords, phaseSentences } from "./phase-text.js";
import { visible } from "./visible.js";

/** A phase diagram as one self-contained page: the measured map, theory's line over it, every number. */
export function phasePage(record: PhaseRecord): string {
  const { depth, width, seeds } = record;
  const name = visible(record.activation);
  const lead =
    `Fully connected ${name} networks of ${depth} layers and width ${width} at initialisation, ${plural(seeds, "network")} at every point: ` +
    `ln of the factor by which one layer multiplies the squared gradient on its way back, over the last two thirds of the layers. ` +
    `On one side of the line gradients vanish and all inputs become alike (order), on the other they explode and near inputs part (chaos).`;
  return documentHtml(
    `Order to chaos: ${name} – isograd`,
    [
      `<header><p class="eyebrow">Phase diagram</p><h1>Order to chaos: ${escape(name)}</h1></header>`,
      `<section class="verdict answer" aria-label="What was found"><p class="sentence">${phaseSentences(record).map(mathHtml).join(" ")}</p></section>`,
      `<section><h2>Measured gain per layer, over theory</h2><p class="lead">${mathHtml(lead)}</p>${figureHtml(record)}${numbersHtml(record)}</section>`,
      `<section><h2>What this rests on</h2><dl class="settings"><dt>Assumes</dt><dd>${mathHtml(record.assumptions.join("; "))}</dd><dt>Source</dt><dd>${mathHtml(record.source)}</dd><dt>Intervals</dt><dd>${levelWords(record.level)} each: all hold at once with 95\u00a0%</dd></dl>${record.command === undefined ? "" : commandHtml(record.command)}</section>`,
    ].join("\n"),
  );
}

const short = (v: number): string =>
  number(v, "page")
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");

function figureHtml(record: PhaseRecord): string {
  const { cells, sigmaW2, sigmaB2 } = record;
  // Half of full colour at a factor of 1.5 a layer: most of a diagram lies below.
  const tone = (c: PhaseCell): number => (Number.isNaN(c.measured.value) ? 0 : Math.tanh(1.4 * c.measured.value));
  const panel = {
    id: "phase",
    title: `Measured ln gain of the squared gradient per layer over σ_w² and σ_b², ${visible(record.activation)}`,
    description: phaseSentences(record).join(" "),
    height: 380,
    columns: sigmaW2,
    rows: sigmaB2,
    columnLabels: sigmaW2.map(short),
    rowLabels: sigmaB2.map(short),
    axes: [mathSvg("σ_w²: variance of the weights times the width"), mathSvg("σ_b²")] as const,
    cells: cells.map((c) => ({ label: gainWords(c.measured.value), tone: tone(c), sure: c.side !== "undecided", words: wordsOf(c) })),
    line: piecesOf(record),
  };
  const keys = [
    `<li>${swatch('<rect class="field falls" style="--m:60%" x="2" y="1" width="22" height="12"/>')}− the gradient falls from layer to layer: order</li>`,
    `<li>${swatch('<rect class="field rises" style="--m:60%" x="2" y="1" width="22" height="12"/>')}+ it grows: chaos</li>`,
    cells.some((c) => c.side === "undecided") ? "<li>hatched: the interval holds 0</li>" : "",
    record.line.length > 0 ? `<li>${swatch('<path class="critical" d="M0 7H26"/>')}theory’s critical line, χ₁ = 1</li>` : "",
  ];
  return `<figure class="panel map"><div class="stage">${mapSvg(panel)}</div><ul class="keys what">${keys.join("")}</ul></figure>`;
}

function wordsOf(c: PhaseCell): string {
  const { value, low, high } = c.measured;
  return `σ_w² ${short(c.sigmaW2)}, σ_b² ${short(c.sigmaB2)}: ${gainWords(value)} (${gainWords(low)} to ${gainWords(high)}); the recursion says ${gainWords(c.law.value)}`;
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

function numbersHtml(record: PhaseRecord): string {
  const table = tableHtml(record.cells, {
    id: "cells",
    label: "Every point",
    sortable: true,
    columns: [
      { title: mathHtml("σ_w²"), cell: (c) => short(c.sigmaW2), sort: (c) => c.sigmaW2 },
      { title: mathHtml("σ_b²"), cell: (c) => short(c.sigmaB2), sort: (c) => c.sigmaB2 },
      { title: "Measured ln gain", cell: (c) => precise(c.measured.value), sort: (c) => c.measured.value },
      { title: "Interval", cell: (c) => `${precise(c.measured.low)} to ${precise(c.measured.high)}` },
      { title: "As a factor", cell: (c) => (Number.isNaN(c.measured.value) ? "–" : `×${rate(Math.exp(c.measured.value), "page")}`) },
      { title: "Recursion", cell: (c) => `${precise(c.law.value)} ± ${precise(c.law.margin)}`, sort: (c) => c.law.value },
      { title: "The recursion", text: true, cell: (c) => HELD[c.law.held] },
      { title: "χ₁ in the long run", cell: (c) => (c.chi1 === null ? "–" : rate(c.chi1, "page")), sort: (c) => c.chi1 },
      { title: "Phase by theory", text: true, cell: (c) => c.phase },
      { title: "Measured", text: true, cell: (c) => c.side },
    ],
  });
  return `<details><summary>The numbers: ${plural(record.cells.length, "point")}</summary>${table}</details>`;
}

const precise = (v: number): string => (Number.isNaN(v) ? "–" : Number.isFinite(v) ? v.toFixed(3).replace("-", "−") : number(v, "page"));
