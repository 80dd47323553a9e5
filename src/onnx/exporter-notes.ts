import type { GraphProto, ModelProto, StringStringEntryProto } from "onnx-buf";
import type { NodeNote } from "../graph/graph.js";

// What PyTorch's exporters write into metadata_props, from torch/onnx/_internal/exporter/_core.py: lists as Python prints them, stack traces as Python shows them.

const SCOPES = "pkg.torch.onnx.name_scopes";
const CLASSES = "pkg.torch.onnx.class_hierarchy";
const STACK = "pkg.torch.onnx.stack_trace";
const REWRITES = "pkg.onnxscript.rewriter.rule_name";
const FOLDED_FROM = "pkg.onnxscript.optimizer.folded_from";
const KIND = "pkg.torch.export.graph_signature.InputSpec.kind";
const SIGNATURE = "pkg.torch.export.ExportedProgram.graph_signature";

/** The name of a value that has none in the program. */
const MADE_UP = /^val_\d+$/;

type Props = readonly StringStringEntryProto[];
const valueOf = (props: Props, key: string): string | undefined => props.find((p) => p.key === key)?.value;

/** Returns the strings of a list as Python prints it: `['', 'layers', "it's"]`. */
const pythonList = (text: string): readonly string[] => [...text.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g)].map((m) => m[1] ?? m[2] ?? "");

/** Returns a node's modules as the path that TorchScript would have named it by: `/layer1.0/conv1`; undefined where the exporter noted none. */
export function scopePath(props: Props): string | undefined {
  // The scopes are the whole model, each module inside it by its whole path, and the node itself.
  const module = pythonList(valueOf(props, SCOPES) ?? "")
    .at(-2)
    ?.replaceAll(/@\d+/g, "");
  if (module === undefined || module === "") return undefined;
  const parts: string[] = [];
  for (const part of module.split(".")) {
    if (/^\d+$/.test(part) && parts.length > 0) parts.push(`${parts.pop()!}.${part}`);
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Frames of PyTorch and the exporters themselves, in an installation or in a checkout. */
const LIBRARY = /[\\/](?:site|dist)-packages[\\/](?:torch|onnx|onnxscript|onnx_ir)[\\/]|[\\/]torch[\\/](?:nn|fx|onnx|export|_\w+)[\\/]/;

/** Returns the innermost line of a stack trace that is not PyTorch's own: `model.py:42`. */
function userLine(trace: string): string | undefined {
  const frames = [...trace.matchAll(/^\s*File "([^"\n]+)", line (\d+)/gm)].filter((m) => !LIBRARY.test(m[1]!));
  const frame = frames.at(-1);
  return frame && `${frame[1]!.split(/[\\/]/).at(-1)}:${frame[2]}`;
}

/** Reads what the exporter noted of a node; undefined where it noted nothing. */
export function noteOf(props: Props): NodeNote | undefined {
  if (props.length === 0) return undefined;
  const source = userLine(valueOf(props, STACK) ?? "");
  const classes = pythonList(valueOf(props, CLASSES) ?? "");
  const rewrites = valueOf(props, REWRITES);
  if (source === undefined && classes.length < 2 && rewrites === undefined) return undefined;
  return {
    ...(source === undefined ? {} : { source }),
    // The last class is the operator itself.
    ...(classes.length < 2 ? {} : { module: classes.at(-2)! }),
    ...(rewrites === undefined ? {} : { rewrites }),
  };
}

/**
 * Returns the names of tensors that the exported program does not train: its buffers and the constants of its code, by the signature of the program and by what
 * is noted of values, and what the exporter computed from these alone. Names of buffers that are in the file no more are there too.
 */
export function readBuffers(model: ModelProto, graph: GraphProto): ReadonlySet<string> {
  const buffers = new Set<string>();
  const parameters = new Set<string>();
  const sort = (kind: string | undefined, name: string): void => {
    if (kind === "BUFFER" || kind === "CONSTANT_TENSOR") buffers.add(name);
    else if (kind === "PARAMETER") parameters.add(name);
  };
  const signature = valueOf(graph.metadataProps, SIGNATURE) ?? valueOf(model.metadataProps, SIGNATURE) ?? "";
  for (const m of signature.matchAll(/^\S+: (\w+) target='([^'\n]+)'/gm)) sort(m[1], m[2]!);
  const values = [...graph.input, ...graph.valueInfo, ...graph.initializer].filter((v) => v.metadataProps.length > 0);
  for (const v of values) sort(valueOf(v.metadataProps, KIND), v.name ?? "");
  if (parameters.size === 0) return buffers;
  // The exporter lists everything that a value was folded from. A bias that it made while fusing a norm is named after its weight.
  const isTrained = (source: string): boolean => parameters.has(source) || parameters.has(source.replace(/_bias$/, ""));
  const folded = new Map(
    values.flatMap((v) => (valueOf(v.metadataProps, FOLDED_FROM) ? [[v.name ?? "", valueOf(v.metadataProps, FOLDED_FROM)!]] : [])),
  );
  for (const [name, sources] of folded) if (!pythonList(sources).some(isTrained)) buffers.add(name);
  // Numbers in the code become tensors of one element.
  for (const t of graph.initializer) {
    const name = t.name ?? "";
    if (MADE_UP.test(name) && !folded.has(name) && t.dims.every((d) => d === 1n)) buffers.add(name);
  }
  return buffers;
}
