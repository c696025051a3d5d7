import {
  AppError,
  changeEgress,
  type Egress,
  type EgressId,
  listEgresses,
  removeEgress,
  resetEgress,
  toEgressResource,
} from "@vidferry/core";
import { composeBackends, composeSecrets, egressBreaker } from "@vidferry/core/compose";
import { createPinoLogger } from "@vidferry/core/pino";
import { exitCodes, type Terminal } from "@vidferry/core/program";
import { createIdGenerator, systemClock } from "@vidferry/core/system";
import type { Invocation } from "../command-line/invocation.ts";
import { operator } from "../operator.ts";

/** What can be done to an egress from the command line. */
export type EgressAction = "reset" | "enable" | "disable" | "delete";

/** `vidferry egresses list`. */
export async function listEgressesCommand(json: boolean, invocation: Invocation): Promise<number> {
  return await withService(invocation, async (deps, { terminal, breaker }) => {
    const { now, egresses } = await listEgresses(deps);
    const shown = egresses.map((egress) => toEgressResource(egress, now, breaker));
    if (json) for (const egress of shown) terminal.out(JSON.stringify(egress));
    else
      for (const { id, name, pool, state, until, reason, usedThisHour, resolvesPerHour, proxy, cookies } of shown) {
        const uses = resolvesPerHour === null ? `${usedThisHour} uses` : `${usedThisHour}/${resolvesPerHour} uses`;
        const has = [
          ...(proxy.present ? ["proxy"] : []),
          ...(cookies.present ? [cookies.valid === false ? "cookies (not taken)" : "cookies"] : []),
        ];
        const why = [...(until === null ? [] : [`until ${until}`]), ...(reason === null ? [] : [reason])].join(": ");
        const parts = [id, state.padEnd(8), uses, name, ...(pool === null ? [] : [`pool ${pool}`]), ...has, why];
        terminal.out(parts.filter((part) => part !== "").join("  "));
      }
  });
}

/** `vidferry egresses reset|enable|disable|delete`. */
export async function changeEgressCommand(action: EgressAction, name: string, invocation: Invocation): Promise<number> {
  return await withService(invocation, async (deps, { terminal }) => {
    const { id } = found((await listEgresses(deps)).egresses, name);
    await changes[action](deps, id);
    terminal.out(`${name} is ${done[action]}`);
  });
}

type Deps = Parameters<typeof changeEgress>[0];

const changes: Readonly<Record<EgressAction, (deps: Deps, id: EgressId) => Promise<unknown>>> = {
  reset: (deps, id) => resetEgress(deps, id, operator),
  enable: (deps, id) => changeEgress(deps, id, { enabled: true }, operator),
  disable: (deps, id) => changeEgress(deps, id, { enabled: false }, operator),
  delete: (deps, id) => removeEgress(deps, id, operator),
};
const done = { reset: "reset", enable: "enabled", disable: "disabled", delete: "deleted" } as const;

function found(egresses: readonly Egress[], name: string): Egress {
  const egress = egresses.find((one) => one.name === name || one.id === name);
  if (egress !== undefined) return egress;
  throw new AppError("not_found", `There is no egress ${JSON.stringify(name)}.`, {
    hint: "`vidferry egresses list` shows those that there are.",
  });
}

async function withService(
  { config: readConfig, terminal, signals }: Invocation,
  run: (
    deps: Deps,
    more: { readonly terminal: Terminal; readonly breaker: ReturnType<typeof egressBreaker> },
  ) => Promise<void>,
): Promise<number> {
  const config = readConfig();
  const logger = createPinoLogger({ level: config.LOG_LEVEL, destination: process.stderr });
  const backends = await composeBackends(config, { clock: systemClock, logger, migrate: false });
  const secretSupport = composeSecrets(config);
  try {
    await backends.database.check(signals.stop);
    const deps = { ...backends, clock: systemClock, ids: createIdGenerator(), logger, secretSupport };
    await run(deps, { terminal, breaker: egressBreaker(config) });
    return exitCodes.done;
  } finally {
    await backends.close();
  }
}
