import { type Agenda, chores } from "../../maintenance/agenda.ts";
import type { Decide } from "./state.ts";

/** What there is to do in memory, where looking for it costs nothing: there may be work of every kind. */
export function createMemoryAgenda(decide: Decide): Agenda {
  return { due: () => decide(() => new Set(chores)) };
}
