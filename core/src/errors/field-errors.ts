import type { z } from "zod";
import type { FieldError } from "./app-error.ts";

/** Whoever sends thousands of wrong fields gets no answer that is larger than what was sent. */
const mostFields = 50;

/** A field's name is the client's text: however long it was, the answer stays short. */
const longestPath = 200;

/** The fields that a schema refused, the first fifty of them; unknown ones are named one by one. */
export function fieldErrors(issues: readonly z.core.$ZodIssue[]): readonly FieldError[] {
  const all = issues.flatMap(problemsOf);
  return all.slice(0, mostFields);
}

function problemsOf(issue: z.core.$ZodIssue): readonly FieldError[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: pointerTo([...issue.path, key]), message: unknownField(key) }));
  }
  if (issue.code === "invalid_union") {
    // The form that was meant is the one whose type fits; what is wrong with it says more than that no form fits.
    const [meant, ...others] = issue.errors.filter((problems) => !problems.some(isOfAnotherType));
    if (meant !== undefined && others.length === 0)
      return meant.flatMap((inner) => problemsOf({ ...inner, path: [...issue.path, ...inner.path] }));
  }
  return [{ path: pointerTo(issue.path), message: issue.message }];
}

const isOfAnotherType = ({ code, path }: z.core.$ZodIssue): boolean => code === "invalid_type" && path.length === 0;

/** A JSON Pointer (RFC 6901) to a part of a value; the empty text is the whole of it. */
export function pointerTo(path: readonly PropertyKey[]): string {
  const parts = path.map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`);
  return parts.join("").slice(0, longestPath);
}

/** What is said of a field that the schema does not know. */
function unknownField(name: string): string {
  if (!/^cookies?(file)?$/i.test(name)) return "is not a known field";
  // Services of this kind take them in the request; here a client may not act as anybody.
  return "cannot be sent: the operator gives cookies to the service, in COOKIES_FILE";
}
