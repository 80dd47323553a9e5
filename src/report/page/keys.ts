import type { BlockRow, CheckRecord } from "../../study/check-record.js";
import { count, plural } from "../../util/format.js";
import { censusOf } from "../block-cells.js";
import type { StripBlock } from "../block-cells.js";
import { curveOf } from "../curves.js";
import { html, svg } from "./html.js";
import type { Html } from "./html.js";
import { swatch } from "./markers.js";
import { termHtml } from "./terms.js";

const arc = (kind: BlockRow["kind"], more = ""): Html => svg`<path class="arc a-${kind} ${more}" d="M4 9C4 0 22 0 22 9"/>`;

/** The skip of a block as it stands above its bar. */
const ARCS: Readonly<Record<BlockRow["kind"], Html | undefined>> = {
  plain: undefined,
  other: undefined,
  residual: arc("residual"),
  gated: svg`${arc("gated")}<circle class="gate" cx="13" cy="2.5" r="2.2"/>`,
  dense: svg`${arc("dense")}<path class="arc a-dense" d="M9 9C9 4 17 4 17 9"/>`,
};

/** What the shapes of the strip mean, for those that occur. */
export function keysHtml(records: readonly CheckRecord[]): Html | undefined {
  const inner = records.some((r) => r.trunk.some((row) => row.nesting > 0))
    ? [
        html`<li>${swatch(svg`<path class="nested" d="M2 6v4H24V6"/>`)}<span>${termHtml("inner-chain", "inner chain")}: time steps, or the inside of a long skip</span></li>`,
      ]
    : [];
  return blockKeysHtml(
    records.map((r) => r.blocks),
    [...inner, ...gapKeys(records)],
  );
}

/** What the shapes of the blocks of some networks mean, and what else there is to explain. */
export function blockKeysHtml(networks: readonly (readonly StripBlock[])[], more: readonly Html[] = []): Html | undefined {
  const blocks = networks.flat();
  // "16 residual blocks", or "residual blocks: A 16, B 0".
  const counted = (noun: string, test: (b: StripBlock) => boolean): string => {
    const counts = networks.map((own) => own.filter(test).length);
    return counts.length === 1 ? plural(counts[0]!, noun) : `${noun}s: ${counts.map((n, i) => `${i === 0 ? "A" : "B"} ${count(n)}`).join(", ")}`;
  };
  const kinds = censusOf(blocks).map(({ kind }) => {
    const bar = svg`<rect class="k-${kind}" x="2" y="9" width="22" height="5"/>${ARCS[kind]}`;
    return html`<li>${swatch(bar)}${termHtml(
      kind,
      counted(`${kind} block`, (b) => b.kind === kind),
    )}</li>`;
  });
  const skips = (["projection", "scaled"] as const).flatMap((s) => {
    const first = blocks.find((b) => b.skip === s);
    const noun = s === "scaled" ? "scaled skip" : "projection";
    return first
      ? [
          html`<li>${swatch(arc(first.kind, `s-${s}`))}${termHtml(
            "shortcut",
            counted(noun, (b) => b.skip === s),
          )}</li>`,
        ]
      : [];
  });
  const normed = (b: StripBlock): boolean => b.norms.length > 0;
  const norms = blocks.some(normed)
    ? [
        html`<li>${swatch(svg`<path class="norm-mark" d="M13 3l4 4-4 4-4-4z"/>`)}<span>${counted("block", normed)} with a ${termHtml("norm", "norm")}</span></li>`,
      ]
    : [];
  const all = [...kinds, ...skips, ...norms, ...more];
  return all.length === 0 ? undefined : html`<ul class="keys" aria-label="What the shapes mean">${all}</ul>`;
}

const GAPS = { NaN: "hatched: not a number", infinite: "∞: beyond the range of the arithmetic", zero: "0: exactly zero" } as const;

/** What stands where a curve has no finite value. */
function gapKeys(records: readonly CheckRecord[]): Html[] {
  const kinds = new Set(records.flatMap((r) => (["gradient", "activation"] as const).flatMap((q) => curveOf(r.trunk, q).gaps.map((g) => g.kind))));
  return (["NaN", "infinite", "zero"] as const).filter((k) => kinds.has(k)).map((k) => html`<li class="word-gap">${GAPS[k]}</li>`);
}
