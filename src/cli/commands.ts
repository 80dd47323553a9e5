import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";
import { wrap } from "../report/visible.js";
import { IsogradError, nearest } from "../util/errors.js";
import { terminalColumns } from "./terminal.js";
import type { Given, Verb } from "./verb.js";
import { version } from "./version.js";

/** A verb as the help lists it. Its options and what it does are loaded when it is asked for: the whole program takes half a second to load. */
interface Entry {
  readonly name: string;
  /** Positional arguments in the help, e.g. `MODEL.onnx`. */
  readonly args: string;
  readonly summary: string;
  readonly load: () => Promise<{ readonly verb: Verb }>;
}

/** Every verb, in the order of the help. */
const VERBS: readonly Entry[] = [
  {
    name: "check",
    args: "MODEL.onnx [MODEL2.onnx]",
    summary: "Where gradients vanish or explode, at what rate, why, and what is usually done.",
    load: () => import("./check.js"),
  },
  {
    name: "claims",
    args: "[ID …]",
    summary: "Decides the claims of the thread by measurement, one verdict each.",
    load: () => import("./claims.js"),
  },
  {
    name: "grad",
    args: "MODEL.onnx --batch B.safetensors --out G.safetensors",
    summary: "The exact gradient of the loss by every parameter, as safetensors.",
    load: () => import("./grad.js"),
  },
  {
    name: "net",
    args: "SPEC [FIELD=VALUE …] --out F.onnx",
    summary: "Writes a network by its spec: a JSON file, JSON text, or a name and fields.",
    load: () => import("./net.js"),
  },
  {
    name: "phase",
    args: "",
    summary: "The order-to-chaos phase diagram of an activation, measured over theory.",
    load: () => import("./phase.js"),
  },
  {
    name: "predict",
    args: "SPEC [FIELD=VALUE …] | MODEL.onnx",
    summary: "What theory says of the gradients of a network, block by block; nothing is run.",
    load: () => import("./predict.js"),
  },
  {
    name: "train",
    args: "SPEC [FIELD=VALUE …] | MODEL.onnx --data D",
    summary: "Trains a network, with its gradient watched at every depth, and stops with the whole story where it fails.",
    load: () => import("./train.js"),
  },
];

/** Finds the verb, parses its options, runs it. */
export async function run(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(help());
    return 0;
  }
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const entry = VERBS.find((v) => v.name === name);
  if (!entry) {
    const near = nearest(
      name,
      VERBS.map((v) => v.name),
    );
    throw new IsogradError("usage/option", `there is no command "${name}"`, {
      fix: near ? `did you mean "${near}"?` : "npx isograd --help lists the commands",
    });
  }
  const { verb } = await entry.load();
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(verbHelp(entry, verb));
    return 0;
  }
  const { args, options } = parse(name, verb, rest);
  return verb.run(args, options);
}

function parse(name: string, verb: Verb, rest: readonly string[]): { args: readonly string[]; options: Given } {
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [key, spec] of Object.entries(verb.options)) {
    options[key] = { type: spec.value === undefined ? "boolean" : "string", ...(spec.multiple ? { multiple: true } : {}) };
  }
  for (const word of rest) {
    const key = /^--([^=]+)/.exec(word)?.[1];
    if (key === undefined || Object.hasOwn(options, key)) continue;
    const near = nearest(key, Object.keys(options));
    throw new IsogradError("usage/option", `${name} has no option --${key}`, {
      fix: near ? `did you mean --${near}?` : `npx isograd ${name} --help lists them`,
    });
  }
  try {
    const parsed = parseArgs({ args: withNegatives(rest, options), options, allowPositionals: true, strict: true });
    return { args: parsed.positionals, options: parsed.values as Given };
  } catch (error) {
    throw new IsogradError("usage/option", (error as Error).message.split(/\. |\.?\n/)[0]!, { fix: `npx isograd ${name} --help shows the options` });
  }
}

/** Joins a value that is a negative number to its option: `--lr -1` is `--lr=-1`, since a word that begins with a dash would be an option of its own. */
function withNegatives(words: readonly string[], options: NonNullable<ParseArgsConfig["options"]>): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const before = joined.at(-1);
    const takesValue = before?.startsWith("--") === true && options[before.slice(2)]?.type === "string";
    if (takesValue && /^-[\d.]/.test(word)) joined[joined.length - 1] = `${before}=${word}`;
    else joined.push(word);
  }
  return joined;
}

function help(): string {
  const width = Math.max(...VERBS.map((v) => v.name.length + v.args.length)) + 3;
  const rows = optionLines(
    VERBS.map((v) => [`${v.name} ${v.args}`, v.summary] as const),
    width,
  );
  const head = paragraph(`isograd ${version()}: measures how gradients flow through a network.`);
  const more = paragraph("npx isograd COMMAND --help shows a command's options.");
  return `${head}\n\nUsage: npx isograd COMMAND [options]\n\n${rows.join("\n")}\n\n${more}\n`;
}

function verbHelp({ name, args, summary }: Entry, { options }: Verb): string {
  const rows = [
    ...Object.entries(options).map(([key, s]) => [`--${key}${s.value === undefined ? "" : ` ${s.value}`}`, s.help] as const),
    ["--help", "show this help"] as const,
  ];
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return `Usage: ${["npx isograd", name, args, "[options]"].filter((w) => w !== "").join(" ")}\n\n${paragraph(summary)}\n\n${optionLines(rows, width).join("\n")}\n`;
}

/** A text in lines that the terminal has room for. */
const paragraph = (text: string): string => wrap(text, terminalColumns() ?? Infinity).join("\n");

/** Rows of two columns; on a narrow terminal what explains stands below what it explains. */
function optionLines(rows: readonly (readonly [string, string])[], width: number): readonly string[] {
  const columns = terminalColumns() ?? Infinity;
  if (columns >= width + 42) return rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`);
  return rows.flatMap(([left, right]) => [...wrap(left, columns - 2).map((l) => `  ${l}`), ...wrap(right, columns - 6).map((l) => `      ${l}`)]);
}
