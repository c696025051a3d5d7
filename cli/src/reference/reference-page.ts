import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { markdownReference } from "./markdown-reference.ts";

const [begin, end] = ["<!-- reference: written by cli/scripts/write-reference.ts -->", "<!-- end of reference -->"];

/** The page with the reference as the commands are now, between the two comments that mark it. */
export function withReference(page: string, root: CommandUnknownOpts): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`the page has no ${begin} … ${end}`);
  return `${before}${begin}\n\n${markdownReference(root)}\n\n${end}${after}`;
}
