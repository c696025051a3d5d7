import { missingService, type ServiceName, services } from "@vidferry/testing/services";

/** Skipped tests, by whether this machine could have run them. */
export interface JudgedSkips {
  /** Their titles say what is absent, or name a service that is not installed. */
  readonly excused: readonly string[];
  readonly unexcused: readonly string[];
}

/** Judges skipped tests by their titles; `missing` are the services that this machine does not have. */
export function judgeSkips(titles: readonly string[], missing = missingServices()): JudgedSkips {
  const isExcused = (title: string) =>
    title.includes("(absent: ") || missing.some((name) => title.toLowerCase().includes(name));
  return { excused: titles.filter(isExcused), unexcused: titles.filter((title) => !isExcused(title)) };
}

function missingServices(): string[] {
  return Object.keys(services).filter((name) => missingService(name as ServiceName) !== undefined);
}
