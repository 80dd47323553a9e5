/** What stands between the parts of a place, from the outside in. */
export const INSIDE = " ▸ ";

/** A path as exporters write it, from the outside in: `/layer1/layer1.0/conv1/Conv` is `layer1.0 ▸ conv1 ▸ Conv`. */
export const modulePath = (name: string): string => scopesOf(name).join(INSIDE);

/** The parts of such a path, each once: scopes of PyTorch repeat the path of the module they lie in. */
export function scopesOf(name: string): readonly string[] {
  const parts = name.split("/").filter(isNotEmpty);
  return withoutWrappers(parts.filter((p, i) => !parts[i + 1]?.startsWith(`${p}.`)));
}

/**
 * What a framework puts around a whole network, and no module of it: Caffe2's device, TensorFlow's call of a saved function, and PyTorch's traced,
 * compiled and data-parallel wrappers.
 */
const WRAPPER = /^(gpu_\d+|cpu_\d+|(stateful)?partitionedcall(_\d+)?|torch_jit|main_graph|_orig_mod|module)$/i;

/** A path without the wrappers at its beginning; the last part is what the path names, and stays. */
function withoutWrappers(parts: readonly string[]): readonly string[] {
  const begin = parts.findIndex((p, i) => i === parts.length - 1 || !WRAPPER.test(p));
  return parts.slice(Math.max(0, begin)).filter((p) => p !== "_orig_mod");
}

/** Whether an exporter made a name up for what had none. */
export const isMadeUp = (name: string): boolean => /^(onnx::.*|val_?\d+|v?\d+|constant.*)$/i.test(name);

/** The modules that a node lies in, from the outside in, as far as its name tells: `/layer1/layer1.0/conv1/Conv` lies in layer1, 0, conv1. */
export const modulesOfNode = (name: string): readonly string[] => scopesOf(name).slice(0, -1).join(".").split(".").filter(isNotEmpty);

/** The modules that a parameter belongs to, from the outside in: `layer1.0.conv1.weight` belongs to layer1, 0, conv1. A made-up name tells none. */
export const modulesOfParameter = (name: string): readonly string[] => (isMadeUp(name) ? [] : partsOfParameter(name).modules);

/** The modules in a parameter's name, and the name that it has in the last of them. */
export function partsOfParameter(name: string): { readonly modules: readonly string[]; readonly own: string } {
  const parts = withoutWrappers(name.replace(/:\d+$/, "").split(/[./]/).filter(isNotEmpty));
  // TensorFlow reads a variable for an op of the layer: `model/dense/MatMul/ReadVariableOp`.
  const read = parts.length > 2 && /^ReadVariableOp(_\d+)?$/.test(parts[parts.length - 1]!) ? 2 : 1;
  return { modules: parts.slice(0, -read), own: parts[parts.length - read] ?? "" };
}

/** What a tensor is to its layer, in names that hold both. */
const TENSOR = /^(w|b|weights?|bias|kernel)$/i;

/**
 * The words of a layer in the name of its weight, where an exporter joins them by underscores: `conv1_w_0` is the weight of conv1, and
 * `resnetv17_stage1_conv0_weight` that of resnetv17, stage1, conv0. None where the name says nothing of a tensor.
 */
export function layerWords(own: string): readonly string[] {
  const words = own.split("_").filter(isNotEmpty);
  const last = words[words.length - 1] ?? "";
  const numbered = /^\d+$/.test(last) && words.length > 2;
  const at = words.length - (numbered ? 2 : 1);
  return TENSOR.test(words[at] ?? "") ? words.slice(0, at) : [];
}

const isNotEmpty = (part: string): boolean => part !== "";

/** What all paths begin with. */
export function sharedStart(paths: readonly (readonly string[])[]): readonly string[] {
  const [first, ...rest] = paths;
  if (!first) return [];
  let n = 0;
  while (n < first.length && rest.every((p) => p[n] === first[n])) n++;
  return first.slice(0, n);
}
