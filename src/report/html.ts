import type { CheckRecord } from "../study/check-record.js";
import { documentHtml } from "./page/document.js";
import { collapseHtml, profileHtml } from "./page/panels.js";
import { blocksHtml, dataHtml, figuresHtml, findingsHtml, headHtml, parametersHtml, settingsHtml, unitsHtml } from "./page/sections.js";
export { comparePage } from "./compare-page.js";
import { visible } from "./visible.js";

/** A check-up as one self-contained HTML page: charts are inline SVG, nothing is loaded from anywhere. */
export function checkPage(record: CheckRecord): string {
  const collapse = collapseHtml(record);
  return documentHtml(
    `${visible(record.model.name, 80)}: ${record.verdict} – isograd`,
    [
      headHtml(record, "isograd check-up"),
      figuresHtml(record),
      `<section><h2>Gradient over depth</h2>${profileHtml(record)}${dataHtml(record)}</section>`,
      findingsHtml(record),
      blocksHtml(record),
      collapse === ""
        ? ""
        : `<section><h2>Likeness of the examples</h2><p class="lead">A network whose examples all point the same way cannot tell them apart, however healthy its gradient: beyond the dotted lines they count as collapsed.</p>${collapse}</section>`,
      parametersHtml(record),
      unitsHtml(record),
      settingsHtml(record),
    ]
      .filter((s) => s !== "")
      .join("\n"),
  );
}
