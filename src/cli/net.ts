import { refuseUnwritable, writeAll } from "../io/files.js";
import { built, netFile } from "../nn/build.js";
import { listing } from "../nn/listing.js";
import { architectureNamed } from "../nn/spec.js";
import type { NetSpec } from "../nn/spec.js";
import { sizeOf } from "../graph/tensor.js";
import { IsogradError } from "../util/errors.js";
import { integer, memoryLimit } from "./options.js";
import { givenSpec } from "./spec-file.js";
import type { Given, Verb } from "./verb.js";

/** `isograd net`: a network of a named architecture as an ONNX file. */
export const net: Verb = {
  name: "net",
  args: "SPEC [FIELD=VALUE …] --out F.onnx",
  summary: "Writes a network by its spec: a JSON file, JSON text, or a name and fields.",
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
    process.stdout.write(args.length === 0 ? listing() : listing(args.map(architectureNamed)));
    return 0;
  }
  const out = given["out"] as string | undefined;
  if (args.length === 0)
    throw new IsogradError("usage/option", "net takes a spec", {
      fix: "isograd net resnet depth=18 --out F.onnx; isograd net --list shows the names",
    });
  if (out === undefined) throw new IsogradError("usage/option", "net needs a place for the network", { fix: "give --out F.onnx" });
  const { spec: read, file } = givenSpec(args);
  refuseUnwritable(out, file === undefined ? [] : [file]);
  const seed = integer(given, "seed", Number.MIN_SAFE_INTEGER);
  const spec: NetSpec = seed === undefined ? read : { ...read, seed };
  const network = built(spec, { maxBytes: memoryLimit(given) / 3 });
  await writeAll([[out, [netFile(network)]]]);
  const count = network.parameters.reduce((n, p) => n + sizeOf(p.shape), 0);
  const { nodes } = network.model.graph;
  process.stdout.write(`${out}: ${network.model.name}, ${grouped(count)} parameters, ${grouped(nodes.length)} nodes, opset ${network.model.opset}\n`);
  return 0;
}

/** 25557032 → 25,557,032. */
const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
