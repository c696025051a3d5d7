import { RE2JS } from "re2js";
import type { CompilePattern } from "../../batches/entry-filter.ts";

/** Patterns of RE2, which never backtracks. */
export const compilePattern: CompilePattern = (source, { ignoreCase }) => {
  const pattern = RE2JS.compile(source, ignoreCase ? RE2JS.CASE_INSENSITIVE : 0);
  return (text) => pattern.test(text);
};
