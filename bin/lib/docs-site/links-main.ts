/**
 * Lists where the documentation leads to: `bin/docs links`. With `--ask` each address is asked too. Ends with 1 when one is written wrong
 * or leads nowhere.
 * @module
 */
import { fileURLToPath } from "node:url";
import { absenceAt, externalLinks, faultOf } from "./external-links.ts";

const asks = process.argv.includes("--ask");
let faults = 0;
for (const { url, pages } of externalLinks(fileURLToPath(new URL("../../..", import.meta.url)))) {
  const fault = faultOf(url) ?? (asks && url.startsWith("https:") ? await absenceAt(url) : null);
  if (fault !== null) faults += 1;
  console.log(
    `${fault === null ? "ok    " : "FAILED"}  ${url}${fault === null ? "" : ` ${fault}`} (${pages.join(", ")})`,
  );
}
process.exit(faults === 0 ? 0 : 1);
