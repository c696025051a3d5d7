import type { Repositories } from "../database/database.ts";
import { AppError } from "../errors/app-error.ts";
import { allEgresses } from "./choose-egress.ts";
import { isFor, siteOf } from "./site.ts";

/** What a request says of its egress. */
interface NamedEgress {
  /** Absent: any is right. */
  readonly egress?: string | undefined;
  /** Absent: not known yet. */
  readonly url?: string;
}

/**
 * Throws `invalid_request` for the name of an egress or pool that there is not, or that is not for the site of the link. It may
 * still be gone when a worker wants to use it.
 * @param field JSON pointer of the name
 */
export async function requireEgress(
  { egresses }: Pick<Repositories, "egresses">,
  { egress: name, url }: NamedEgress,
  field = "/egress",
): Promise<void> {
  if (name === undefined) return;
  const named = allEgresses(await egresses.read()).filter((egress) => egress.name === name || egress.pool === name);
  const site = url === undefined ? null : siteOf(url);
  if (site === null ? named.length > 0 : named.some(({ hosts }) => isFor(hosts, site))) return;
  const message =
    named.length === 0
      ? `there is no egress or pool with the name ${JSON.stringify(name)}`
      : `the egress or pool ${JSON.stringify(name)} is not for ${site}`;
  throw new AppError("invalid_request", `${field.slice(1).replaceAll("/", ".")}: ${message}.`, {
    hint: "Leave it out, or ask the operator which egresses there are.",
    fields: [{ path: field, message }],
  });
}
