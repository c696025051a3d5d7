import { AppError, type ErrorCode, type RateCount, type RateRule } from "@vidferry/core";

/** A count, and the rule that it was held against. */
export interface Rate {
  readonly rule: RateRule;
  readonly count: RateCount;
}

/** An error of a request that was counted; its answer tells the count. */
export class CountedError extends AppError {
  readonly rate: Rate;

  constructor(code: ErrorCode, detail: string, rate: Rate, hint?: string) {
    const isOver = code === "rate_limit_exceeded";
    super(code, detail, {
      ...(hint === undefined ? {} : { hint }),
      ...(isOver ? { retryAt: new Date(Date.now() + rate.count.resetsInMs) } : {}),
    });
    this.rate = rate;
  }
}

const seconds = (ms: number): number => Math.max(0, Math.ceil(ms / 1000));

/** `RateLimit` and `RateLimit-Policy` of an answer, as draft-ietf-httpapi-ratelimit-headers-10 writes them. */
export function rateHeaders({ rule, count }: Rate): readonly (readonly [name: string, value: string])[] {
  return [
    ["ratelimit-policy", `"${rule.name}";q=${rule.limit};w=${rule.windowSeconds}`],
    ["ratelimit", `"${rule.name}";r=${count.remaining};t=${seconds(count.resetsInMs)}`],
  ];
}
