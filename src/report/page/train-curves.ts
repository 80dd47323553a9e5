import { decadesOf, linearTicks, lossTicks, rangeOf } from "../axis.js";
import type { Domain, Tick } from "../axis.js";
import { curveThrough, hasPoints } from "../curves.js";
import type { Point } from "../curves.js";
import { count, number, ordinal, percent, plural } from "../../util/format.js";
import type { TermId } from "../glossary.js";
import { smooth } from "../train-run.js";
import type { Run } from "../train-run.js";
import { html } from "./html.js";
import type { Content, Html } from "./html.js";
import { depthStageHtml, togglesHtml } from "./panel.js";
import { runLetterHtml, runStyle } from "./run-letters.js";
import type { Series } from "./svg-depth.js";
import { tableHtml } from "./table.js";
import type { Column } from "./table.js";
import { datum } from "./coordinates.js";
import { termHtml } from "./terms.js";
import { nameHtml } from "./typography.js";

// What a run does over its steps: loss, accuracy, learning rate and clip share, one panel each, read from one table.

/** A line of a panel, and its column in the table. */
interface Line {
  readonly column: string;
  readonly title: string;
  readonly term: TermId;
  readonly of: (run: Run) => readonly Point[];
  /** Its colour where one run is shown; of two runs the second line of a panel is dashed. */
  readonly key: string;
  readonly write: (v: number) => string;
}

/** A panel over the steps. */
interface Panel {
  readonly key: string;
  readonly title: string;
  readonly small: Content;
  readonly height: number;
  readonly scale: "log" | "share" | "linear";
  readonly lines: readonly Line[];
  /** Whether there is anything to see. */
  readonly shown?: (runs: readonly Run[]) => boolean;
}

const percentOf = (v: number): string => percent(v, "page");
const numberOf = (v: number): string => number(v, "page");

const PANELS: readonly Panel[] = [
  {
    key: "loss",
    title: "Loss",
    small: ["faint: the loss of each batch; line: its mean over a fortieth of the run to either side"],
    height: 300,
    scale: "log",
    lines: [
      { column: "loss", title: "Loss", term: "loss", of: (r) => r.loss, key: "gradient", write: numberOf },
      { column: "validation-loss", title: "Validation loss", term: "validation", of: (r) => r.validationLoss, key: "activation", write: numberOf },
    ],
  },
  {
    key: "accuracy",
    title: "Accuracy",
    small: ["share that is classified rightly"],
    height: 150,
    scale: "share",
    lines: [
      { column: "train-accuracy", title: "Train accuracy", term: "train-accuracy", of: (r) => r.trainAccuracy, key: "gradient", write: percentOf },
      { column: "accuracy", title: "Validation accuracy", term: "validation", of: (r) => r.accuracy, key: "activation", write: percentOf },
    ],
  },
  {
    key: "rate",
    title: "Learning rate",
    small: [],
    height: 90,
    scale: "linear",
    // A rate that never changes is no picture.
    shown: (runs) => new Set(runs.flatMap((r) => r.rate.map((q) => q.y))).size > 1,
    lines: [
      {
        column: "rate",
        title: "Learning rate",
        term: "learning-rate",
        of: (r) => r.rate,
        key: "free",
        write: numberOf,
      },
    ],
  },
  {
    key: "clip",
    title: "Clip share",
    small: ["of what the rule of clipping bounds, the share that it made smaller"],
    height: 90,
    scale: "share",
    lines: [{ column: "clip", title: "Clip share", term: "clip-share", of: (r) => r.clipShare, key: "free", write: percentOf }],
  },
];

/** Rows of the table behind the charts, about. */
const MOST = 500;

/** The step at the right edge, of all runs. */
export const lastStep = (runs: readonly Run[]): number => Math.max(1, ...runs.map((r) => Math.max(r.record.steps, r.validationLoss.at(-1)?.x ?? 0)));

/** The curves of one run or of two over the steps, and the numbers behind them. */
export function stepCurvesHtml(runs: readonly Run[]): Html {
  const last = lastStep(runs);
  const shown = PANELS.filter((panel) => (panel.shown?.(runs) ?? true) && runs.some((r) => panel.lines.some((l) => l.of(r).length > 0)));
  if (runs.every((r) => r.loss.length < 2))
    return html`<p class="note">${runs.map((r) => (r.loss.length === 0 ? "No step was made. " : `One step was made, at a loss of ${number(r.loss[0]!.y, "page")}. `))}</p>`;
  const log = runs.every((r) => [...r.loss, ...r.validationLoss].every((q) => q.y > 0));
  const tables = runs.map((run, i) => tableOf(run, i, { of: runs.length, last, log }));
  return html`
    <figure data-tables="${runs.map((_, i) => `steps-${i}`).join(" ")}">
      ${togglesHtml(shown.slice(1).map(({ key, title }) => ({ key, name: title })))}
      ${shown.map((panel, i) => panelHtml(panel, runs, last, i === 0))}
    </figure>
    ${tables}`;
}

function panelHtml(panel: Panel, runs: readonly Run[], last: number, first: boolean): Html {
  const all = runs.flatMap((r) => panel.lines.flatMap((l) => l.of(r).map((q) => q.y))).filter(Number.isFinite);
  const log = panel.scale === "log" && all.every((v) => v > 0);
  const place = (points: readonly Point[]): readonly Point[] => (log ? points.map(({ x, y }) => ({ x, y: Math.log10(y) })) : points);
  const series = runs.flatMap((run, i) =>
    panel.lines.flatMap((line, j): Series[] => {
      const points = line.of(run);
      if (points.length === 0) return [];
      const { key: own, prefix } = runStyle(i, runs.length);
      const key = runs.length === 1 ? line.key : own;
      const mean = panel.scale !== "linear" && j === 0 ? smooth(points) : points;
      const common = { key, column: line.column, last, table: i };
      const curve = curveThrough(place(mean));
      const end = mean.filter((q) => Number.isFinite(q.y));
      if (!hasPoints(curve)) return [];
      const labels = j === 0 ? { first: `${prefix}${line.write(end[0]!.y)}` } : {};
      const style = runs.length > 1 && j === 1 ? { style: "dash" as const } : {};
      const behind: Series[] = mean === points ? [] : [{ ...common, curve: curveThrough(place(points)), style: "faint" }];
      return [
        ...behind,
        {
          ...common,
          ...(mean === points ? {} : { column: `${line.column}-mean` }),
          curve,
          ...style,
          ...labels,
          end: `${prefix}${line.write(end.at(-1)!.y)}`,
        },
      ];
    }),
  );
  const { domain, ticks } = axisOf(
    panel,
    series.flatMap((s) => s.curve.pieces.flat().map((q) => q.y)),
    log,
  );
  const heads = panel.lines.filter((l) => runs.some((r) => l.of(r).length > 0));
  const names =
    runs.length === 1
      ? heads.map((l) => html`<span class="word-${l.key}">${termHtml(l.term, l.title)}</span>`)
      : [html`<span>${termHtml(heads[0]!.term, heads[0]!.title)}</span>`, ...runs.map((r, i) => runLetterHtml(i, nameHtml(r.name)))];
  const dashed = runs.length > 1 && heads.length > 1 && html`dashed: ${termHtml(heads[1]!.term, heads[1]!.title.toLowerCase())}`;
  const noisy = series.some((s) => s.style === "faint");
  const small = [panel.key !== "loss" || noisy ? panel.small : [], dashed].filter((s) => s !== false && (!Array.isArray(s) || s.length > 0));
  const stage = depthStageHtml({
    id: `chart-${panel.key}`,
    title: `${panel.title} over the steps`,
    description: describe(panel, runs),
    height: panel.height,
    domain,
    ticks,
    series,
    last,
    ends: ["", ""],
    ...(first ? { axisTitle: "steps made" } : {}),
  });
  return html`
    <div class="panel" id="panel-${panel.key}">
      <h3>${names}${small.length > 0 && html`<small><span>${small.map((s, i) => [i > 0 && "; ", s])}</span></small>`}</h3>${stage}
    </div>`;
}

function axisOf({ scale, height }: Panel, values: readonly number[], log: boolean): { readonly domain: Domain; readonly ticks: readonly Tick[] } {
  const most = height > 200 ? 8 : 4;
  if (scale === "share")
    return {
      domain: { low: -0.02, high: 1.02 },
      ticks: [0, 0.25, 0.5, 0.75, 1].filter((_, i) => height > 100 || i % 2 === 0).map((v) => ({ at: v, label: percentOf(v) })),
    };
  if (log) {
    const domain = decadesOf(values, 0.5);
    return { domain, ticks: lossTicks(domain, most) };
  }
  const { low, high } = rangeOf(values) ?? { low: 0, high: 1 };
  const air = 0.06 * (high - low || Math.abs(high) || 1);
  const domain = { low: low - air, high: high + air };
  return { domain, ticks: linearTicks(domain, most) };
}

function describe({ lines }: Panel, runs: readonly Run[]): string {
  return runs
    .flatMap((run, i) =>
      lines.flatMap((line) => {
        const points = line.of(run);
        if (points.length === 0) return [];
        const { prefix } = runStyle(i, runs.length);
        const end = points.at(-1)!;
        return [`${prefix}${line.title}: ${line.write(points[0]!.y)} at step ${count(points[0]!.x)}, ${line.write(end.y)} at step ${count(end.x)}.`];
      }),
    )
    .join(" ");
}

/** A column of the table: a line, or its mean. */
interface Read {
  readonly key: string;
  readonly title: string;
  readonly term?: TermId;
  readonly write: (v: number) => string;
  readonly at: ReadonlyMap<number, number>;
  /** Whether the axis of its chart is logarithmic. */
  readonly log: boolean;
}

/** What the table of a run reads, in its columns. */
function readsOf(run: Run, logLoss: boolean): readonly Read[] {
  return PANELS.flatMap(({ lines, scale }) =>
    lines.flatMap((line, j): readonly Read[] => {
      const points = line.of(run);
      if (points.length === 0) return [];
      const mean = scale !== "linear" && j === 0 ? smooth(points) : points;
      const at = (list: readonly Point[]): ReadonlyMap<number, number> => new Map(list.map((q) => [q.x, q.y]));
      const own = { write: line.write, log: scale === "log" && logLoss };
      return [
        { ...own, key: line.column, title: line.title, term: line.term, at: at(points) },
        ...(mean === points ? [] : [{ ...own, key: `${line.column}-mean`, title: `${line.title}, mean`, at: at(mean) }]),
      ];
    }),
  );
}

/** The numbers behind the curves, folded: every step of a short run, of a long one evenly spread steps, and all those at which it was scored. */
function tableOf(run: Run, i: number, { of, last, log }: { readonly of: number; readonly last: number; readonly log: boolean }): Html {
  const stride = Math.max(1, Math.ceil(run.loss.length / MOST));
  const steps = [...new Set([...run.loss.filter((_, k) => k % stride === 0), ...run.validationLoss, ...run.accuracy].map((q) => q.x))].sort(
    (a, b) => a - b,
  );
  const { prefix } = runStyle(i, of);
  const columns: Column<number>[] = [
    { title: "Step", term: "training-step", tip: `${prefix}step`, cell: (step) => count(step), sort: (step) => step },
    ...readsOf(run, log).map(({ key, title, term, write, at, log: isLog }): Column<number> => {
      const value = (step: number): number | undefined => at.get(step);
      return {
        title,
        ...(term === undefined ? {} : { term }),
        key,
        tip: title.toLowerCase(),
        cell: (step) => (value(step) === undefined ? "–" : write(value(step)!)),
        sort: (step) => placed(value(step), isLog),
      };
    }),
  ];
  const table = tableHtml(steps, {
    id: `steps-${i}`,
    label: `${prefix}Steps of the run`,
    sortable: true,
    columns,
    data: (step) => ({ "data-x": datum(step / last) }),
  });
  const sampled = stride > 1 ? `, every ${ordinal(stride)} of ${plural(run.loss.length, "step")}` : `, ${plural(run.loss.length, "step")}`;
  return html`<details><summary>The numbers behind the charts${prefix !== "" && ` of ${prefix.trim()}`}${sampled}</summary>${table}</details>`;
}

/** What a value is hovered by: its place on the axis. */
const placed = (v: number | undefined, log: boolean): number | null => (v === undefined ? null : log ? Math.log10(v) : v);
