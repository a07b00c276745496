/** Merge patches (RFC 7396): how the platform words "the same, but …". */
import { IJobSpec } from './wire';

type Json = Record<string, unknown>;

/** The spec with a patch applied; the patch may be of the spec or of the whole request. */
export function patched(spec: IJobSpec, patch: Json): IJobSpec {
  const inner = isObject(patch.spec) ? patch.spec : patch;
  return merge(spec as unknown as Json, inner) as unknown as IJobSpec;
}

function merge(target: Json, patch: Json): Json {
  const result: Json = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      delete result[key];
    } else if (isObject(value)) {
      const before = result[key];
      result[key] = merge(isObject(before) ? before : {}, value);
    } else {
      result[key] = value;
    }
  }
  return result;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
