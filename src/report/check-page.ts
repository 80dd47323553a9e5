import type { CheckRecord } from "../study/check-record.js";
import { documentHtml } from "./page/document.js";
import { depthPanelsHtml, likenessPanelHtml } from "./page/depth-panels.js";
import { ownFindingsHtml } from "./page/findings.js";
import { html } from "./page/html.js";
import { blocksHtml, dataHtml, headHtml, keyNumbersHtml, parametersHtml, settingsHtml, unitsHtml } from "./page/sections.js";
import { termHtml } from "./page/terms.js";
import { visible } from "./visible.js";

const LIKENESS =
  "A network whose examples all point the same way cannot tell them apart, however healthy its gradient: beyond the dotted lines they count as collapsed.";

/** A check-up as one self-contained HTML page: charts are inline SVG, nothing is loaded from anywhere. */
export function checkPage(record: CheckRecord): string {
  const likeness = likenessPanelHtml(record);
  return documentHtml(`${visible(record.model.name, 80)}: ${record.verdict} – isograd`, [
    headHtml(record, "isograd check-up"),
    keyNumbersHtml(record),
    html`<section><h2>${termHtml("profile", "Gradient over depth")}</h2>${depthPanelsHtml(record)}${dataHtml(record)}</section>`,
    ownFindingsHtml(record),
    blocksHtml(record),
    likeness && html`<section><h2>${termHtml("collapse", "Likeness of the examples")}</h2><p class="lead">${LIKENESS}</p>${likeness}</section>`,
    parametersHtml(record),
    unitsHtml(record),
    settingsHtml(record),
  ]);
}
