import { count, magnitude, plural } from "../../util/format.js";
import { logTicks } from "../axis.js";
import { curveThrough, decadesIn, domainOf, hasPoints } from "../curves.js";
import { chosenSteps } from "../train-run.js";
import type { Run } from "../train-run.js";
import { datum } from "./coordinates.js";
import { html } from "./html.js";
import type { Html } from "./html.js";
import { blockKeysHtml } from "./keys.js";
import { depthStageHtml, stageHtml } from "./panel.js";
import { runLetterHtml, runStyle } from "./run-letters.js";
import type { Series } from "./svg-depth.js";
import { heatKeyHtml, heatSvg, scaleOf } from "./svg-heat.js";
import type { HeatRow } from "./svg-heat.js";
import { tableHtml } from "./table.js";
import type { Column } from "./table.js";
import { termHtml } from "./terms.js";
import { nameHtml } from "./typography.js";

/** Rows of a heat map. */
const MOST = 40;
/** The colours of the first, the middle and the last measured step. */
const KEYS = ["free", "activation", "gradient"] as const;
/** Of two runs the first and the last measured step are shown. */
const OF_TWO = 2;

const keyOf = (step: number): string => `s${step}`;

/** The rows of the heat map of a run: its measured steps, from the first down. */
const rowsOf = (run: Run): readonly HeatRow[] =>
  chosenSteps(run, MOST).map((i) => ({ label: count(run.measured[i]!), key: keyOf(run.measured[i]!), values: run.gradient[i]! }));

/** The depth at the right edge. */
const lastOf = (run: Run): number => Math.max(1, run.trunk.length - 1);

/** The gradient over depth and steps: profiles at a few steps as curves, all of them as a map, and the numbers behind. */
export function trainDepthHtml(runs: readonly Run[]): Html {
  const shown = runs.map((run, i) => ({ run, i })).filter(({ run }) => run.trunk.length > 1 && run.measured.length > 0);
  if (shown.length === 0) return html`<p class="note">The gradient over depth was not measured in this run.</p>`;
  const scale = scaleOf(shown.flatMap(({ run }) => rowsOf(run)));
  const maps = shown.map(({ run, i }, table) => {
    const { prefix } = runStyle(i, runs.length);
    const title = `${prefix}Gradient norm over depth and steps`;
    const map = heatSvg({
      id: `heat-${i}`,
      title,
      description: describe(run),
      rows: rowsOf(run),
      scale,
      along: { low: 0, high: lastOf(run) },
      table,
      strip: { blocks: run.blocks, trunk: [], last: lastOf(run) },
      axisTitle: "depth: cuts of the trunk",
      ends: ["← input", "output →"],
      labelled: true,
    });
    return html`
      <div class="panel">
        <h3><span>${termHtml("gradient-norm", "Gradient norm")} over depth and steps</span>${runs.length > 1 && runLetterHtml(i, nameHtml(run.name))}<small>a row for each measured step, the first on top</small></h3>
        ${stageHtml(title, "depth", map)}
      </div>`;
  });
  const tables = shown.map(({ run, i }) => tableOf(run, i, runs.length));
  return html`
    <figure data-tables="${shown.map(({ i }) => `profile-${i}`).join(" ")}">
      ${curvesPanel(shown, runs.length)}
      ${maps}
      ${heatKeyHtml(
        shown.flatMap(({ run }) => rowsOf(run)),
        scale,
      )}
      ${blockKeysHtml(shown.map(({ run }) => run.blocks))}
    </figure>
    ${tables}`;
}

/** The steps whose profiles are curves. */
const stepsShown = (run: Run, of: number): readonly number[] => chosenSteps(run, of > 1 ? OF_TWO : KEYS.length);

function curvesPanel(shown: readonly { readonly run: Run; readonly i: number }[], of: number): Html {
  const lines = shown.flatMap(({ run, i }, table) => {
    const chosen = stepsShown(run, of);
    return chosen.map((at, j) => {
      const { key, prefix } = runStyle(i, of);
      const values = run.gradient[at]!;
      return {
        run,
        table,
        step: run.measured[at]!,
        key: of > 1 ? key : KEYS[chosen.length === 1 ? 2 : chosen.length === 2 ? 2 * j : j]!,
        dashed: of > 1 && j === 0 && chosen.length > 1,
        prefix,
        values,
        curve: curveThrough(values.map((v, x) => ({ x, y: decadesIn(v) }))),
      };
    });
  });
  const domain = domainOf(lines.map((l) => l.curve));
  const series = lines.map((l): Series => {
    const finite = l.values.filter((v): v is number => v !== null && Number.isFinite(v));
    const labels =
      finite.length === 0
        ? {}
        : { first: `${l.prefix}step ${count(l.step)}: ${magnitude(finite[0]!, "page")}`, end: magnitude(finite.at(-1)!, "page") };
    return {
      key: l.key,
      column: keyOf(l.step),
      curve: l.curve,
      last: lastOf(l.run),
      table: l.table,
      ...(l.dashed ? { style: "dash" as const } : {}),
      ...labels,
    };
  });
  const same = new Set(shown.map(({ run }) => lastOf(run))).size === 1;
  const title = "Gradient norm over depth at some steps";
  const stage = depthStageHtml({
    id: "chart-profile",
    title,
    description: shown.map(({ run, i }) => `${runStyle(i, of).prefix}${describe(run)}`).join(" "),
    height: lines.some((l) => hasPoints(l.curve)) ? 280 : 120,
    domain,
    ticks: logTicks(domain, 8),
    series,
    last: same ? lastOf(shown[0]!.run) : undefined,
    axisTitle: same ? "depth: cuts of the trunk" : "share of the depth",
  });
  const names =
    of > 1
      ? shown.map(({ run, i }) => runLetterHtml(i, nameHtml(run.name)))
      : lines.map((l) => html`<span class="word-${l.key}">step ${count(l.step)}</span>`);
  const small =
    of > 1 ? "‖∂loss/∂x‖; dashed: the first measured step, line: the last" : "‖∂loss/∂x‖ over the whole tensor, batch included, before the step";
  return html`<div class="panel"><h3><span>${termHtml("profile", "Profiles")}</span>${names}<small><span>${small}</span></small></h3>${stage}</div>`;
}

function describe(run: Run): string {
  return chosenSteps(run)
    .map((i) => {
      const row = run.gradient[i]!;
      return `At step ${count(run.measured[i]!)}: ${magnitude(row[0]!, "page")} at the input, ${magnitude(row.at(-1)!, "page")} at the output.`;
    })
    .join(" ");
}

/** The numbers behind: every value of the trunk, a column for each step of the map. */
function tableOf(run: Run, i: number, of: number): Html {
  const { prefix } = runStyle(i, of);
  const shown = new Set(stepsShown(run, of));
  const blockAt = (depth: number): string => {
    const at = run.blocks.findIndex((b) => depth > b.fromDepth && depth <= b.toDepth);
    return at < 0 ? "" : run.record.blocks[at]!.name;
  };
  const steps = chosenSteps(run, MOST).map((at): Column<number> => ({
    title: `Step ${count(run.measured[at]!)}`,
    key: keyOf(run.measured[at]!),
    ...(shown.has(at) ? { tip: `step ${count(run.measured[at]!)}` } : {}),
    cell: (depth) => magnitude(run.gradient[at]![depth]!, "page"),
    sort: (depth) => decadesIn(run.gradient[at]![depth]!),
  }));
  const columns: Column<number>[] = [
    { title: "Depth", term: "depth", tip: `${prefix}depth`, cell: (depth) => count(depth), sort: (depth) => depth },
    { title: "Value", term: "cut", text: true, wide: true, key: "value", tip: "", cell: (depth) => nameHtml(run.trunk[depth]!) },
    { title: "Block", term: "block", text: true, tip: "block", cell: (depth) => (blockAt(depth) === "" ? "" : nameHtml(blockAt(depth))) },
    ...steps,
  ];
  const rows = run.trunk.map((_, depth) => depth);
  const table = tableHtml(rows, {
    id: `profile-${i}`,
    label: `${prefix}Gradient norm at every cut`,
    sortable: true,
    columns,
    data: (depth) => ({ "data-x": datum(depth / lastOf(run)) }),
  });
  return html`<details><summary>The numbers behind the charts${prefix !== "" && ` of ${prefix.trim()}`}: ${plural(rows.length, "cut")} at ${plural(steps.length, "step")}</summary>${table}</details>`;
}
