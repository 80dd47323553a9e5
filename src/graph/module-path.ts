/** What stands between the parts of a place, from the outside in. */
export const INSIDE = " ▸ ";

/** A path as exporters write it, from the outside in: `/layer1/layer1.0/conv1/Conv` is `layer1.0 ▸ conv1 ▸ Conv`. */
export const modulePath = (name: string): string => scopesOf(name).join(INSIDE);

/** The parts of such a path, each once: scopes of PyTorch repeat the path of the module they lie in. */
export function scopesOf(name: string): readonly string[] {
  const parts = name.split("/").filter((p) => p !== "");
  return parts.filter((p, i) => !parts[i + 1]?.startsWith(`${p}.`));
}

/** Whether an exporter made a name up for what had none. */
export const isMadeUp = (name: string): boolean => /^(onnx::.*|val_?\d+|v?\d+|constant.*)$/i.test(name);

/** The modules that a node lies in, from the outside in, as far as its name tells: `/layer1/layer1.0/conv1/Conv` lies in layer1, 0, conv1. */
export const modulesOfNode = (name: string): readonly string[] => scopesOf(name).slice(0, -1).join(".").split(".").filter(isNotEmpty);

/** The modules that a parameter belongs to, from the outside in: `layer1.0.conv1.weight` belongs to layer1, 0, conv1. A made-up name tells none. */
export const modulesOfParameter = (name: string): readonly string[] => (isMadeUp(name) ? [] : name.split(/[./]/).filter(isNotEmpty).slice(0, -1));

const isNotEmpty = (part: string): boolean => part !== "";

/** What all paths begin with. */
export function sharedStart(paths: readonly (readonly string[])[]): readonly string[] {
  const [first, ...rest] = paths;
  if (!first) return [];
  let n = 0;
  while (n < first.length && rest.every((p) => p[n] === first[n])) n++;
  return first.slice(0, n);
}
