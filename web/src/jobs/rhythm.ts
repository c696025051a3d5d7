/** How often a subscription looks for what is new. */
export type Rhythm = "hourly" | "daily" | "weekly" | "own";

export const rhythms: readonly Rhythm[] = ["hourly", "daily", "weekly", "own"];

interface Times {
  /** As a field for times gives it: `06:00`. */
  readonly at: string;
  /** Days of the week, 0 for Sunday. */
  readonly day: number;
  /** A cron expression, for those who know. */
  readonly own: string;
}

/** The cron expression of a rhythm. */
export function cronOf(rhythm: Rhythm, { at, day, own }: Times): string {
  const [hour = 6, minute = 0] = at.split(":").map(Number);
  if (rhythm === "own") return own.trim();
  if (rhythm === "hourly") return `${minute} * * * *`;
  return rhythm === "daily" ? `${minute} ${hour} * * *` : `${minute} ${hour} * * ${day}`;
}
