/** The day and the month that usage is counted in, UTC: their names, when they began, and when the next ones begin. */
export interface UsagePeriods {
  readonly day: UsagePeriod;
  readonly month: UsagePeriod;
}

export interface UsagePeriod {
  readonly name: string;
  readonly from: Date;
  readonly until: Date;
}

export function usagePeriodsAt(now: Date): UsagePeriods {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  const date = now.toISOString();
  return {
    day: {
      name: date.slice(0, 10),
      from: new Date(Date.UTC(year, month, day)),
      until: new Date(Date.UTC(year, month, day + 1)),
    },
    month: {
      name: date.slice(0, 7),
      from: new Date(Date.UTC(year, month)),
      until: new Date(Date.UTC(year, month + 1)),
    },
  };
}
