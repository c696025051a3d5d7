import type { Client } from "./client.ts";
import { type Door, openDoor } from "./door.ts";
import { budgetedHost } from "./light-engine.ts";
import { listPath } from "./light-lists.ts";
import type { ManyHistory } from "./many-history.ts";
import { type Finding, finding } from "./verdict.ts";

const names = ["homes", "offices", "ships"] as const;

/** Egresses of the fleet, each with a door as its proxy and a budget that is smaller than what is asked for. */
export interface Budgets extends AsyncDisposable {
  readonly doors: readonly Door[];
  /** Compares what came through the doors and what the database has counted with the budgets. */
  check(history: ManyHistory): Promise<Finding[]>;
  /** Takes the budgets away, and what the egresses are held back for. */
  lift(): Promise<void>;
}

/** Opens the doors. */
export async function openDoors(): Promise<readonly Door[]> {
  return await Promise.all(names.map(openDoor));
}

/** Adds the egresses with an operator's key. */
export async function addEgresses(operator: Client, doors: readonly Door[], budget: number): Promise<Budgets> {
  const ids = new Map<string, string>();
  for (const { name, proxyUrl } of doors) {
    const body = { name, proxyUrl, resolvesPerHour: budget, spacingSeconds: 0, hosts: [budgetedHost] };
    ids.set(name, (await operator.ask<{ id: string }>("POST", "/egresses", body, `egress-${name}`)).id);
  }
  return {
    doors,
    check: async (history) => {
      const counted = await history.uses();
      const waiting = await history.waiting();
      const seen = doors.map(({ name, passages }) => {
        const came = passages.filter(({ method, path }) => method === "HEAD" || path.startsWith(listPath)).length;
        return { name, came, counted: counted.get(name) ?? 0 };
      });
      return [
        finding(
          "no egress went over its budget, by the database and by the log of its proxy",
          seen
            .filter((one) => one.counted > budget || one.came > one.counted)
            .map((one) => `${one.name}: ${one.counted} uses counted, ${one.came} came, ${budget} allowed`),
          `${seen.map((one) => `${one.name} ${one.counted} of ${budget}, ${one.came} came`).join("; ")}; ${waiting} jobs and batches waited`,
        ),
      ];
    },
    lift: async () => {
      for (const [name, id] of ids) {
        await operator.ask("PATCH", `/egresses/${id}`, { resolvesPerHour: null });
        await operator.ask("POST", `/egresses/${id}/reset`, null, `reset-${name}`);
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const door of doors) await door[Symbol.asyncDispose]();
    },
  };
}
