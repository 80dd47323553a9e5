import { parseArgs } from "node:util";
import type { ParseArgsConfig } from "node:util";
import { IsogradError, nearest } from "../util/errors.js";
import { checkVerb } from "./check.js";
import { claimsVerb } from "./claims.js";
import { gradVerb } from "./grad.js";
import { netVerb } from "./net.js";
import { phaseVerb } from "./phase.js";
import { predictVerb } from "./predict.js";
import type { Given, Verb } from "./verb.js";
import { version } from "./version.js";

/** Every verb, in the order of the help. */
const VERBS: readonly Verb[] = [checkVerb, claimsVerb, gradVerb, netVerb, phaseVerb, predictVerb];

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
  const verb = VERBS.find((v) => v.name === name);
  if (!verb) {
    const near = nearest(
      name,
      VERBS.map((v) => v.name),
    );
    throw new IsogradError("usage/option", `there is no command "${name}"`, {
      fix: near ? `did you mean "${near}"?` : "isograd --help lists the commands",
    });
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(verbHelp(verb));
    return 0;
  }
  const { args, options } = parse(verb, rest);
  return verb.run(args, options);
}

function parse(verb: Verb, rest: readonly string[]): { args: readonly string[]; options: Given } {
  const options: NonNullable<ParseArgsConfig["options"]> = {};
  for (const [key, spec] of Object.entries(verb.options)) {
    options[key] = { type: spec.value === undefined ? "boolean" : "string", ...(spec.multiple ? { multiple: true } : {}) };
  }
  for (const word of rest) {
    const key = /^--([^=]+)/.exec(word)?.[1];
    if (key === undefined || Object.hasOwn(options, key)) continue;
    const near = nearest(key, Object.keys(options));
    throw new IsogradError("usage/option", `${verb.name} has no option --${key}`, {
      fix: near ? `did you mean --${near}?` : `isograd ${verb.name} --help lists them`,
    });
  }
  try {
    const parsed = parseArgs({ args: [...rest], options, allowPositionals: true, strict: true });
    return { args: parsed.positionals, options: parsed.values as Given };
  } catch (error) {
    throw new IsogradError("usage/option", (error as Error).message.split(/\. |\.?\n/)[0]!, { fix: `isograd ${verb.name} --help shows the options` });
  }
}

function help(): string {
  const width = Math.max(...VERBS.map((v) => v.name.length + v.args.length)) + 3;
  const rows = VERBS.map((v) => `  ${`${v.name} ${v.args}`.padEnd(width)}${v.summary}`);
  return `isograd ${version()}: measures how gradients flow through a network.\n\nUsage: isograd COMMAND [options]\n\n${rows.join("\n")}\n\nisograd COMMAND --help shows a command's options.\n`;
}

function verbHelp(verb: Verb): string {
  const rows = Object.entries(verb.options).map(([key, s]) => [`--${key}${s.value === undefined ? "" : ` ${s.value}`}`, s.help] as const);
  const width = Math.max(...rows.map(([left]) => left.length)) + 2;
  return `Usage: ${["isograd", verb.name, verb.args, "[options]"].filter((w) => w !== "").join(" ")}\n\n${verb.summary}\n\n${rows.map(([l, r]) => `  ${l.padEnd(width)}${r}`).join("\n")}\n`;
}
