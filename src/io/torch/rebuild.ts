import type { StoredAs } from "../../graph/bytes.js";
import { formatShape, sizeOf } from "../../graph/tensor.js";
import { isGlobal, isOpaque, refusePickle } from "../pickle/machine.js";
import type { Callables, Opaque } from "../pickle/machine.js";

// The classes and functions that a pickle of PyTorch may call: all that makes a tensor of a storage, and nothing else.
// https://github.com/pytorch/pytorch/blob/main/torch/_utils.py

/** A storage: elements in a row, which lie outside of the pickle under a key. */
export interface StorageRef {
  readonly storage: string;
  /** The element type; a name that begins with "torch" is of one that isograd has no numbers for; undefined where bytes only are stored. */
  readonly type: ElementType | undefined;
  /** How many elements it has; bytes where it has no type. */
  readonly count: number;
  /** Where it begins in the stored data, in elements: more than 0 for a view of another storage. */
  readonly from: number;
}

/** A tensor that lies in a storage, strided; offset and strides count elements. */
export interface TensorRef {
  readonly storage: StorageRef;
  readonly type: ElementType;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** A tensor that cannot be read, and why. */
export interface UnreadTensor {
  readonly unread: string;
}

/** How one element is stored: `name` is PyTorch's, `as` is undefined where isograd has no such numbers. */
export interface ElementType {
  readonly name: string;
  readonly as: StoredAs | undefined;
  readonly width: number;
}

const element = (name: string, as: StoredAs | undefined, width: number): ElementType => ({ name, as, width });

const DTYPES: readonly ElementType[] = [
  element("float32", "float32", 4),
  element("float64", "float64", 8),
  element("float16", "float16", 2),
  element("bfloat16", "bfloat16", 2),
  element("int64", "int64", 8),
  element("int32", "int32", 4),
  element("int16", "int16", 2),
  element("int8", "int8", 1),
  element("uint8", "uint8", 1),
  element("uint16", "uint16", 2),
  element("uint32", "uint32", 4),
  element("uint64", "uint64", 8),
  element("bool", "bool", 1),
  element("complex32", undefined, 4),
  element("complex64", undefined, 8),
  element("complex128", undefined, 16),
  element("float8_e4m3fn", undefined, 1),
  element("float8_e5m2", undefined, 1),
  element("qint8", undefined, 1),
  element("quint8", undefined, 1),
  element("qint32", undefined, 4),
];
const BY_DTYPE = new Map(DTYPES.map((d) => [`torch ${d.name}`, d]));

/** The dtype of each class of storage. */
const STORAGES: Readonly<Record<string, string>> = {
  FloatStorage: "float32",
  DoubleStorage: "float64",
  HalfStorage: "float16",
  BFloat16Storage: "bfloat16",
  LongStorage: "int64",
  IntStorage: "int32",
  ShortStorage: "int16",
  CharStorage: "int8",
  ByteStorage: "uint8",
  BoolStorage: "bool",
  ComplexFloatStorage: "complex64",
  ComplexDoubleStorage: "complex128",
  QInt8Storage: "qint8",
  QUInt8Storage: "quint8",
  QInt32Storage: "qint32",
};

export const isTensorRef = (v: unknown): v is TensorRef => typeof v === "object" && v !== null && "strides" in v;
export const isUnread = (v: unknown): v is UnreadTensor => typeof v === "object" && v !== null && "unread" in v;
const isStorage = (v: unknown): v is StorageRef => typeof v === "object" && v !== null && "storage" in v && "from" in v;
const isCount = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0;
const isCounts = (v: unknown): v is readonly number[] => Array.isArray(v) && v.length <= 64 && v.every(isCount);

/** Returns the storage that a persistent id ("storage", class, key, device, elements, view) names. A view is (key, offset, elements). Error `checkpoint/invalid`. */
export function storageOf(id: unknown): StorageRef {
  const [kind, cls, key, , count, view] = Array.isArray(id) ? (id as unknown[]) : [];
  if (kind !== "storage" || !isGlobal(cls) || (typeof key !== "string" && !isCount(key)) || !isCount(count))
    return refusePickle("keeps something outside of itself that is no storage of PyTorch");
  const name = cls.global.split(" ").at(-1)!;
  const dtype = Object.hasOwn(STORAGES, name) ? BY_DTYPE.get(`torch ${STORAGES[name]!}`)! : undefined;
  if (!dtype && name !== "UntypedStorage") return refusePickle(`has a storage of the unknown class ${name}`);
  const [, from, elements] = Array.isArray(view) ? (view as unknown[]) : [undefined, 0, count];
  if (!isCount(from) || !isCount(elements)) return refusePickle("has a view of a storage without a place");
  return { storage: String(key), type: dtype, count: elements, from };
}

/** Returns a tensor in a storage. Error `checkpoint/invalid`: it reaches beyond its storage. */
function inStorage(storage: unknown, offset: unknown, shape: unknown, strides: unknown, dtype?: ElementType): TensorRef | UnreadTensor {
  if (!isStorage(storage) || !isCount(offset) || !isCounts(shape) || !isCounts(strides) || shape.length !== strides.length)
    return refusePickle("makes a tensor of no storage, shape and strides");
  if (!Number.isSafeInteger(sizeOf(shape))) return refusePickle(`makes a tensor of the impossible shape ${formatShape(shape)}`);
  const type = dtype ?? storage.type;
  if (!type) return refusePickle("makes a tensor of bytes without a type");
  const count = storage.type ? storage.count : Math.floor(storage.count / type.width);
  const last = shape.reduce((at, d, i) => at + (d - 1) * strides[i]!, offset);
  if (sizeOf(shape) > 0 && !(last < count)) return refusePickle(`makes a tensor that ends at element ${last + 1} of a storage of ${count}`);
  if (!type.as) return { unread: `its elements are torch.${type.name}` };
  return { storage, type, offset, shape, strides };
}

const dtypeOf = (v: unknown): ElementType =>
  (isGlobal(v) ? BY_DTYPE.get(v.global) : undefined) ?? element(isGlobal(v) ? v.global.replace("torch ", "") : "unknown", undefined, 1);

const unread = (why: string) => (): UnreadTensor => ({ unread: why });

/** Returns the first argument: what wraps a tensor adds nothing that matters here. */
const first = ([tensor]: readonly unknown[]): unknown => tensor;

/** Makes a dict from pairs, as Python 2 wrote an ordered one. */
function orderedDict([pairs]: readonly unknown[]): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (const pair of Array.isArray(pairs) ? (pairs as unknown[]) : []) {
    if (!Array.isArray(pair) || pair.length !== 2) return refusePickle("makes a dict of something else than pairs");
    map.set(pair[0], pair[1]);
  }
  return map;
}

const REBUILD = "torch._utils";

/** All that a pickle of PyTorch may call. */
export const CALLABLES: Callables = new Map<string, (args: readonly unknown[]) => unknown>([
  ["collections OrderedDict", orderedDict],
  ["collections defaultdict", () => new Map<unknown, unknown>()],
  ["builtins dict", orderedDict],
  ["__builtin__ dict", orderedDict],
  ["builtins set", ([values]) => new Set(Array.isArray(values) ? (values as unknown[]) : [])],
  ["__builtin__ set", ([values]) => new Set(Array.isArray(values) ? (values as unknown[]) : [])],
  ["torch Size", ([dims]) => (Array.isArray(dims) ? [...(dims as unknown[])] : [])],
  [`${REBUILD} _rebuild_tensor`, ([storage, offset, shape, strides]) => inStorage(storage, offset, shape, strides)],
  [`${REBUILD} _rebuild_tensor_v2`, ([storage, offset, shape, strides]) => inStorage(storage, offset, shape, strides)],
  [`${REBUILD} _rebuild_tensor_v3`, ([storage, offset, shape, strides, , , dtype]) => inStorage(storage, offset, shape, strides, dtypeOf(dtype))],
  [`${REBUILD} _rebuild_parameter`, first],
  [`${REBUILD} _rebuild_parameter_with_state`, first],
  [`${REBUILD} _rebuild_device_tensor_from_cpu_tensor`, first],
  // A subclass of Tensor, or a tensor with attributes: the function that makes the tensor, the class, the arguments.
  ["torch._tensor _rebuild_from_type_v2", ([make, , args]) => rebuilt(make, args)],
  [`${REBUILD} _rebuild_qtensor`, unread("it is quantised")],
  [`${REBUILD} _rebuild_sparse_tensor`, unread("it is sparse")],
  [`${REBUILD} _rebuild_sparse_csr_tensor`, unread("it is sparse")],
  [`${REBUILD} _rebuild_nested_tensor`, unread("it is nested")],
  [`${REBUILD} _rebuild_meta_tensor_no_storage`, unread("it has no data: it was saved on the meta device")],
  [`${REBUILD} _rebuild_device_tensor_from_numpy`, unread("it was saved on a device without storages")],
  [`${REBUILD} _rebuild_wrapper_subclass`, unread("it is of a subclass of Tensor")],
]);

function rebuilt(make: unknown, args: unknown): unknown {
  const known = isGlobal(make) ? CALLABLES.get(make.global) : undefined;
  if (known && Array.isArray(args)) return known(args);
  return { unread: `it is of a class of its own, made by ${isGlobal(make) ? make.global.replace(" ", ".") : "something else"}` };
}

/** Returns the parts of a whole module that was saved: its own tensors, and the modules in it; undefined where the object is no module. */
export function modulePartsOf(object: Opaque): readonly Map<unknown, unknown>[] | undefined {
  const { state } = object;
  if (!(state instanceof Map)) return undefined;
  const maps = ["_parameters", "_buffers", "_modules"].map((key) => {
    const part: unknown = state.get(key);
    return part instanceof Map ? (part as Map<unknown, unknown>) : isOpaque(part) ? part.items : undefined;
  });
  return maps[0] && maps[2] ? maps.filter((p) => p !== undefined) : undefined;
}
