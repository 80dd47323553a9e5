import { refuseUnwritable, writeAll } from "../io/files.js";
import { listing } from "../nn/listing.js";
import { architectureNamed } from "../nn/spec.js";
import { net } from "../study/net.js";
import { IsogradError } from "../util/errors.js";
import { count } from "../util/format.js";
import { memoryLimit, seedOfSpec, text } from "./options.js";
import { progress } from "./progress.js";
import { givenSpec } from "./spec-file.js";
import { terminalColumns } from "./terminal.js";
import type { Given, Verb } from "./verb.js";

/** `isograd net`: a network of a named architecture as an ONNX file. */
export const verb: Verb = {
  options: {
    out: { value: "F.onnx", help: "where to write the network" },
    list: { help: "list the architectures and their fields; with a name, those of one" },
    seed: { value: "N", help: "seed of the weights (default: the spec's, else 0)" },
    "max-memory": { value: "GIB", help: "refuse networks whose weights need more (default: 75 % of what is free)" },
  },
  run: runNet,
};

async function runNet(args: readonly string[], given: Given): Promise<number> {
  if (given["list"] === true) {
    process.stdout.write(args.length === 0 ? listing(undefined, terminalColumns()) : listing(args.map(architectureNamed), terminalColumns()));
    return 0;
  }
  const out = text(given, "out");
  if (args.length === 0)
    throw new IsogradError("usage/option", "net takes a spec", {
      fix: "npx isograd net resnet depth=18 --out F.onnx; npx isograd net --list shows the names",
    });
  if (out === undefined) throw new IsogradError("usage/option", "net needs a file for the network", { fix: "give --out F.onnx" });
  const { spec, file } = givenSpec(args);
  refuseUnwritable(out, file === undefined ? [] : [file]);
  const show = progress(process.stderr);
  const write = async (): Promise<ReturnType<typeof net>> => {
    show.say("drawing the weights");
    const made = net(spec, { seed: seedOfSpec(given), memoryLimit: memoryLimit(given) });
    show.say(`writing ${out}`);
    await writeAll([[out, [made.file()]]]);
    return made;
  };
  const made = await write().finally(() => show.end());
  const { name, graph, opset } = made.model;
  process.stdout.write(`${out}: ${name}, ${count(made.parameters)} parameters, ${count(graph.nodes.length)} nodes, opset ${opset}\n`);
  return 0;
}
