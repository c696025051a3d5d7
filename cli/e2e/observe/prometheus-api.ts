/** A series, and its value now. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What Prometheus answers, or its error in words. */
async function ask<T>(url: string): Promise<T> {
  const response = await fetch(url);
  const answer = (await response.json()) as { status: string; error?: string; data: T };
  if (answer.status !== "success") throw new Error(`${url}: ${answer.error}`);
  return answer.data;
}

/** The value of an expression now. Rejects with Prometheus's words where it cannot be evaluated. */
export async function query(prometheus: string, expr: string): Promise<readonly Sample[]> {
  const { result } = await ask<{ result: readonly { metric: Record<string, string>; value: [number, string] }[] }>(
    `${prometheus}/api/v1/query?query=${encodeURIComponent(expr)}`,
  );
  return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
}

/** A rule, and whether Prometheus could evaluate it. */
export interface RuleHealth {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
}

/** All rules that Prometheus has loaded. */
export async function rulesOf(prometheus: string): Promise<readonly RuleHealth[]> {
  const { groups } = await ask<{ groups: readonly { rules: readonly RuleHealth[] }[] }>(
    `${prometheus}/api/v1/rules?type=alert`,
  );
  return groups.flatMap(({ rules }) => rules);
}
