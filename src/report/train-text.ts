import type { TrainRecord } from "../study/train-record.js";
import { count, magnitude, number, percent, plural } from "../util/format.js";
import { decadesOf } from "./axis.js";
import type { Domain } from "./axis.js";
import type { Point } from "./curves.js";
import { SEVERITY_MARKS, sortedFindings } from "./headline.js";
import { paint } from "./paint.js";
import type { Paint } from "./paint.js";
import { card, heading, widest, widthOf } from "./text-parts.js";
import { shadeMap, stepChart } from "./text-steps.js";
import { differencesOf, headOf, remarksOf, runLine, runNumbers, statementOf } from "./train-headline.js";
import { chosenSteps, runsOf, updateRatios } from "./train-run.js";
import type { Beside, Run } from "./train-run.js";
import { padTo, prose, visible, wrap } from "./visible.js";

/** Where the text goes, and where the run is kept. */
export interface TrainTextOptions {
  readonly colour?: boolean;
  readonly width?: number;
  readonly dir?: string;
  /** The command that checks a failed step. */
  readonly replay?: string;
  /** Another run, whose curves stand beside. */
  readonly beside?: Beside | undefined;
}

/** On a terminal of fewer columns notes stand below what they explain. */
const NARROW = 64;

/** A run of training as text for a terminal: how it ended, the curves over the steps, the gradient over depth, the numbers, how it was trained. */
export function trainText(record: TrainRecord, options: TrainTextOptions = {}): string {
  const { dir, beside } = options;
  const width = widthOf(options);
  const p = paint(options.colour ?? false);
  const runs = runsOf(record, beside, dir);
  const tags = runs.length > 1 ? ["A", "B"] : [""];
  const lines = [
    ...runs.flatMap((run, i) => [...headLines(run, tags[i]!, width, p), ""]),
    ...curveLines(runs, tags, width, p),
    ...runs.flatMap((run, i) => depthLines(run, tags[i]!, width, p)),
    ...runs.flatMap((run, i) => [...numberLines(run, tags[i]!, width, p), ""]),
    ...(record.diverged ? findingLines(record.diverged, width, p) : []),
    ...(beside === undefined ? settingLines(record, width, p) : differenceLines(record, beside.record, width, p)),
    ...(dir === undefined ? [] : fileLines(record, dir, options.replay, width, p)),
  ];
  return `${lines.join("\n")}\n`;
}

function headLines(run: Run, tag: string, width: number, p: Paint): string[] {
  const { mark, word, tone } = headOf(run);
  const tint = { good: p.green, doubt: p.yellow, bad: p.red }[tone];
  const { setAside } = run.record;
  return [
    `${tag === "" ? "" : `${p.cyan(tag)} `}${p.bold(visible(run.name, width - 2))}`,
    ...wrap(runLine(run), width).map(p.dim),
    "",
    tint(p.bold(`${mark} ${word.toUpperCase()}`)),
    ...wrap(prose(statementOf(run)), width),
    ...remarksOf(run).flatMap((line) => wrap(prose(line), width)),
    ...setAside.flatMap(({ name, why }) => wrap(`set aside: ${prose(name)}: ${prose(why)}`, width)).map(p.dim),
  ];
}

/** One curve of a run over its steps. */
interface Curves {
  readonly title: string;
  readonly line: (run: Run) => readonly Point[];
  readonly marks: (run: Run) => readonly Point[];
  readonly log: boolean;
  readonly about: (run: Run) => string;
  readonly lines: number;
  readonly domain: (points: readonly Point[]) => Domain;
}

const LOSS: Curves = {
  title: "loss",
  line: (run) => run.loss,
  marks: (run) => run.validationLoss,
  log: true,
  about: (run) => `from ${number(run.loss[0]!.y)} to ${number(run.loss.at(-1)!.y)}${run.validationLoss.length > 0 ? "; o: validation" : ""}`,
  lines: 8,
  domain: (points) =>
    decadesOf(
      points.map((q) => q.y),
      0.5,
    ),
};
const ACCURACY: Curves = {
  title: "accuracy",
  line: (run) => run.trainAccuracy,
  marks: (run) => run.accuracy,
  log: false,
  about: (run) => (run.accuracy.length > 0 ? `of the batches; o: validation, ${percent(run.accuracy.at(-1)!.y)} at the end` : "of the batches"),
  lines: 5,
  domain: () => ({ low: 0, high: 1 }),
};

const inDecades = (points: readonly Point[]): readonly Point[] =>
  points.map((q) => ({ x: q.x, y: Math.log10(q.y) })).filter((q) => Number.isFinite(q.y));

/** Loss and accuracy over the steps, those of two runs on one scale. */
function curveLines(runs: readonly Run[], tags: readonly string[], width: number, p: Paint): string[] {
  const last = Math.max(...runs.map((r) => r.record.steps));
  return [LOSS, ACCURACY].flatMap((c) => {
    const own = runs.map((run) => [c.line(run), c.marks(run)] as const);
    // A loss that is not positive has no logarithm.
    const log = c.log && own.flat(2).every((q) => q.y > 0);
    const [place, chart] = [log ? inDecades : (points: readonly Point[]) => points, own.map(([line]) => line.length > 1)];
    if (!chart.some(Boolean)) return [];
    const shown = own.map(([line, marks]) => [place(line), place(marks)] as const);
    const domain =
      log || !c.log
        ? c.domain(shown.flat(2))
        : decadesOf(
            shown.flat(2).map((q) => q.y),
            0,
          );
    return runs.flatMap((run, i) => {
      const [line, marks] = shown[i]!;
      if (!chart[i]) return [];
      return [...heading(c.title, c.about(run), width, p, tags[i]), ...stepChart({ line, marks, domain, log, last, lines: c.lines }, width, p), ""];
    });
  });
}

/** The gradient over the depth at the first, the middle and the last measured step. */
function depthLines(run: Run, tag: string, width: number, p: Paint): string[] {
  const { measured, gradient, trunk } = run;
  const chosen = chosenSteps(run);
  if (chosen.length === 0 || trunk.length < 2) return [];
  const { rows, key } = shadeMap(
    chosen.map((i) => ({ label: `step ${count(measured[i]!)}`, values: gradient[i]! })),
    width,
    p,
  );
  const ratios = updateRatios(run);
  const told =
    ratios.length === 0
      ? []
      : wrap(`update ratio, median of the weight matrices: ${ratioWords(ratios)}; about 10^-3 is usual`, width).map((l) => p.dim(l));
  return [
    ...heading("‖∂loss/∂x‖", `over depth, ${plural(trunk.length, "value")}`, width, p, tag),
    ...rows,
    ...wrap(key, width).map(p.dim),
    ...told,
    "",
  ];
}

function ratioWords(ratios: ReturnType<typeof updateRatios>): string {
  const chosen = chosenSteps({ measured: ratios.map((r) => r.step) }).map((i) => ratios[i]!);
  return chosen.map((r, i) => `${magnitude(r.middle)} ${i === 0 ? "at step " : "at "}${count(r.step)}`).join(", ");
}

/** The key numbers, one below the other. */
function numberLines(run: Run, tag: string, width: number, p: Paint): string[] {
  const all = runNumbers(run);
  const head = tag === "" ? [] : [p.cyan(tag)];
  if (width < NARROW)
    return [
      ...head,
      ...all.flatMap((f) => [
        ...wrap(`${f.label}  ${f.value}`, width).map((l, i) => (i === 0 ? p.bold(l) : l)),
        ...(f.note === "" ? [] : wrap(f.note, width - 2).map((l) => p.dim(`  ${l}`))),
      ]),
    ];
  const label = widest(all.map((f) => f.label)) + 2;
  const value = widest(all.map((f) => f.value)) + 2;
  return [
    ...head,
    ...all.flatMap((f) =>
      wrap(f.note, width - label - value).map((note, i) =>
        (i > 0 ? " ".repeat(label + value) : p.dim(padTo(f.label, label)) + p.bold(padTo(f.value, value))).concat(p.dim(note)).trimEnd(),
      ),
    ),
  ];
}

/** What a check-up of the failed step found; evidence that the headline tells is not told again. */
function findingLines({ findings }: NonNullable<TrainRecord["diverged"]>, width: number, p: Paint): string[] {
  const [others, minor] = [findings.filter((f) => f.severity !== "info"), findings.filter((f) => f.severity === "info")];
  // The evidence of the first cause stands in the headline.
  const cause = findings.find((f) => f.rule === "non-finite-forward" || f.rule === "non-finite-backward");
  const once = (f: (typeof findings)[number]): typeof f => (f === cause ? { ...f, evidence: "" } : f);
  const rest =
    minor.length === 0
      ? []
      : wrap(`${SEVERITY_MARKS.info} ${plural(minor.length, "more note")}: the page and the record have them`, width).map(p.dim);
  return [...sortedFindings(others).flatMap((f) => [...card(once(f), width, p), ""]), ...rest, ...(rest.length > 0 ? [""] : [])];
}

/** A table of what and its value, the values wrapped. */
function pairLines(rows: readonly { readonly what: string; readonly value: string }[], width: number, p: Paint): string[] {
  const what = rows.map((s) => visible(s.what, Math.floor(width / 2)));
  const label = widest(what) + 2;
  return rows.flatMap((s, i) => wrap(prose(s.value), width - label - 2).map((l, j) => p.dim(`  ${padTo(j === 0 ? what[i]! : "", label)}${l}`)));
}

const settingLines = ({ settings }: TrainRecord, width: number, p: Paint): string[] =>
  settings.length === 0 ? [] : [p.dim("how it was trained"), ...pairLines(settings, width, p), ""];

function differenceLines(a: TrainRecord, b: TrainRecord, width: number, p: Paint): string[] {
  const rows = differencesOf(a, b).flatMap((d) => [
    { what: visible(d.what), value: `A  ${d.a}` },
    { what: "", value: `B  ${d.b}` },
  ]);
  return rows.length === 0 ? [p.dim("Both runs were made alike."), ""] : [p.dim("in what they differ"), ...pairLinesOfTwo(rows, width, p), ""];
}

/** As {@link pairLines}, where what has no name belongs to the row above. */
function pairLinesOfTwo(rows: readonly { readonly what: string; readonly value: string }[], width: number, p: Paint): string[] {
  const label = Math.min(widest(rows.map((r) => r.what)) + 2, Math.floor(width / 2));
  return rows.flatMap((r) => wrap(prose(r.value), width - label - 2).map((l, j) => p.dim(`  ${padTo(j === 0 ? r.what : "", label)}${l}`)));
}

/** Where the files are, and what to do next. */
function fileLines({ diverged }: TrainRecord, dir: string, replay: string | undefined, width: number, p: Paint): string[] {
  const place = visible(dir, 3 * width);
  if (!diverged)
    return wrap(
      `The network is in ${place}/model.onnx, its weights are in weights.safetensors beside it, every reading in run.jsonl, and this record in record.json.`,
      width,
    );
  const told = wrap(
    `The step that failed and the state before it are kept in ${place}/failure.${replay === undefined ? "" : " This checks the step:"}`,
    width,
  );
  return [...told, ...(replay === undefined ? [] : ["", p.bold(`  ${replay}`)])];
}
