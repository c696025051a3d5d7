type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Writes a component that may be null as `anyOf` of the component and null. The generator writes `allOf` of both, which null
 * can never satisfy: validators refuse it, and client generators make an impossible type of it.
 */
export function allowNullRefs<T>(document: T): T {
  return rewrite(document as Json) as T;
}

function rewrite(value: Json): Json {
  if (Array.isArray(value)) return value.map(rewrite);
  if (!isObject(value)) return value;
  const { allOf, ...rest } = value;
  if (Array.isArray(allOf) && allOf.length === 2) {
    const [component, second] = allOf as readonly Json[];
    const types = isObject(second) ? second["type"] : undefined;
    if (isObject(component) && "$ref" in component && Array.isArray(types) && types.includes("null")) {
      return { ...rest, anyOf: [component, { type: "null" }] };
    }
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, rewrite(part)]));
}
