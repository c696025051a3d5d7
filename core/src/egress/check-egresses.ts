import type { Repositories } from "../database/database.ts";
import { toAppError } from "../errors/app-error.ts";
import type { SecretBox } from "../secrets/secret-box.ts";
import type { BreakerOptions } from "./breaker.ts";
import { proxyContext, storedCookieTexts } from "./cookie-text.ts";
import type { Egress } from "./egress.ts";
import { listEgresses } from "./manage-egresses.ts";
import { haveExpired, parseCookies } from "./netscape.ts";
import { toEgressResource } from "./resource.ts";

/** One line about an egress. */
interface EgressCheck {
  readonly name: string;
  readonly status: "ok" | "warning";
  readonly detail: string;
  readonly fix?: string;
}

type Deps = { readonly database: Pick<Repositories, "egresses"> };

/** One line for each egress, for health and doctor: one that is held back is a warning, since others may do its work. */
export async function checkEgresses({ database }: Deps, breaker: BreakerOptions): Promise<readonly EgressCheck[]> {
  const { now, egresses } = await listEgresses({ database });
  return egresses.map((egress) => {
    const { state, reason, until, usedThisHour, resolvesPerHour, cookies } = toEgressResource(egress, now, breaker);
    const name = `egress ${egress.name}`;
    const budget = resolvesPerHour === null ? "" : `, ${usedThisHour} of ${resolvesPerHour} uses this hour`;
    if (state === "ready" && cookies.valid === false)
      return {
        ...{ name, status: "warning", detail: `ready${budget}; its cookies are not taken any more` },
        fix: "Export the cookies of the account again and PATCH /egresses/{id} with them.",
      };
    if (state === "ready" || state === "disabled") return { name, status: "ok", detail: `${state}${budget}` };
    const detail = `${state}${until === null ? "" : ` until ${until}`}: ${reason}`;
    return {
      name,
      status: "warning",
      detail,
      fix: `Wait, use another proxy or other cookies, or run \`vidferry egresses reset ${egress.name}\`.`,
    };
  });
}

/** Cookies that end so soon should be exported again, in milliseconds. */
const soonMs = 7 * 86_400_000;

/**
 * What the secrets of the egresses that are enabled are worth, for doctor: whether each proxy can be connected to, and how long the
 * cookies last.
 * @param reach what is wrong with a proxy; null: it can be connected to
 */
export async function checkEgressSecrets(
  { database }: Deps,
  box: SecretBox,
  reach: (proxyUrl: string) => Promise<string | null>,
): Promise<readonly EgressCheck[]> {
  const { now, egresses } = await listEgresses({ database });
  const checks = await Promise.all(
    egresses
      .filter(({ enabled }) => enabled)
      .flatMap((egress) => [
        ...(egress.proxy === null ? [] : [opened("proxy", egress, () => checkProxy(egress, box, reach))]),
        ...(egress.cookies === null
          ? []
          : [opened("cookies", egress, () => checkCookieText(egress, box, now, database))]),
      ]),
  );
  return checks;
}

type Finding = Pick<EgressCheck, "status" | "detail"> & { readonly fix?: string };

async function opened(what: string, { name }: Egress, look: () => Promise<Finding>): Promise<EgressCheck> {
  const about = `egress ${name} ${what}`;
  try {
    return { name: about, ...(await look()) };
  } catch (error) {
    const { message, hint } = toAppError(error);
    return { name: about, status: "warning", detail: message, fix: hint };
  }
}

async function checkProxy(
  { id, proxy }: Egress,
  box: SecretBox,
  reach: (proxyUrl: string) => Promise<string | null>,
): Promise<Finding> {
  const problem = await reach(await box.open(proxy ?? "", proxyContext(id)));
  if (problem === null) return { status: "ok", detail: "can be connected to" };
  const fix = "Start the proxy, correct its address with PATCH /egresses/{id}, or open the firewall to it.";
  return { status: "warning", detail: `cannot be connected to: ${problem}`, fix };
}

async function checkCookieText(
  { id }: Egress,
  box: SecretBox,
  now: Date,
  { egresses }: Deps["database"],
): Promise<Finding> {
  const kept = await storedCookieTexts(egresses, box, id).read();
  const cookies = [...parseCookies(kept?.text ?? "").values()];
  const fix = "Export the cookies of the account again and PATCH /egresses/{id} with them.";
  if (haveExpired(cookies, now)) return { status: "warning", detail: "all of them have expired", fix };
  const lasting = cookies.filter(({ expires }) => expires !== 0);
  const last = Math.max(...lasting.map(({ expires }) => expires)) * 1000;
  // Those that end with the session of a browser say nothing.
  if (lasting.length === 0 || last > 8.64e15) return { status: "ok", detail: `${cookies.length} cookies` };
  const until = new Date(last).toISOString();
  if (last - now.getTime() < soonMs) return { status: "warning", detail: `the last of them expires at ${until}`, fix };
  return { status: "ok", detail: `${cookies.length} cookies, the last of them until ${until}` };
}
