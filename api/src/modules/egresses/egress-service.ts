import {
  type Actor,
  type BreakerOptions,
  changeEgress,
  createEgress,
  type Egress,
  type EgressId,
  type EgressInput,
  type EgressResource,
  getEgress,
  listEgresses,
  type Once,
  removeEgress,
  resetEgress,
  type ServiceDeps,
  toEgressResource,
  type Written,
} from "@vidferry/core";

/** What the API needs for egresses, which belong to the service. Rejects as `ApiService` does. */
export interface EgressService {
  create(
    input: EgressInput & { readonly name: string },
    by: Actor,
    once: Once<Egress> | null,
  ): Promise<Written<Egress>>;
  list(): Promise<readonly EgressResource[]>;
  get(id: EgressId): Promise<EgressResource>;
  change(id: EgressId, input: EgressInput, by: Actor): Promise<EgressResource>;
  remove(id: EgressId, by: Actor): Promise<void>;
  reset(id: EgressId, by: Actor, once: Once<Egress> | null): Promise<Written<Egress>>;
  /** As it is shown just now. */
  show(egress: Egress): EgressResource;
}

/** Implements {@link EgressService} with core's use cases. */
export function createEgressService(
  deps: Pick<ServiceDeps, "database" | "ids" | "clock" | "queue" | "signals" | "events" | "logger" | "secretSupport">,
  breaker: BreakerOptions,
): EgressService {
  const show = (egress: Egress): EgressResource => toEgressResource(egress, deps.clock.now(), breaker);
  return {
    show,
    create: (input, by, once) => createEgress(deps, input, by, once),
    list: async () => {
      const { now, egresses } = await listEgresses(deps);
      return egresses.map((egress) => toEgressResource(egress, now, breaker));
    },
    get: async (id) => {
      const { now, egress } = await getEgress(deps, id);
      return toEgressResource(egress, now, breaker);
    },
    change: async (id, input, by) => show(await changeEgress(deps, id, input, by)),
    remove: (id, by) => removeEgress(deps, id, by),
    reset: (id, by, once) => resetEgress(deps, id, by, once),
  };
}
