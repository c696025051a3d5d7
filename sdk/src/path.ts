import { VidferryError } from "./errors.ts";

/**
 * Puts ids into the path of an operation. Throws a {@link VidferryError} for what is no id, such as an `undefined` that the
 * types did not catch: the request would go to another resource.
 */
export function toPath(template: string, parameters: Readonly<Record<string, unknown>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[name];
    // A segment of dots would be resolved as a relative path.
    if (typeof value !== "string" || value === "" || /^\.{1,2}$/.test(value)) {
      throw new VidferryError(`${name} must be a string such as job_…, not ${describe(value)}.`);
    }
    return encodeURIComponent(value);
  });
}

function describe(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : value === null ? "null" : typeof value;
}
