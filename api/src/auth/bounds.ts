import { type ApiKey, AppError } from "@vidferry/core";
import { isWithin } from "../http/client/networks.ts";

/** Where a request comes from, as a key may restrict it. */
export interface Caller {
  /** Null: not known; then a key with `allowedCidrs` is refused. */
  readonly address: string | null;
  /** Of the web page that sends it. Null: it comes from a program, or is a read of a page of our own origin. */
  readonly origin: string | null;
}

/** The field of the key that forbids this caller to use it; null when none does. */
export function boundBroken(
  { allowedOrigins, allowedCidrs }: Pick<ApiKey, "allowedOrigins" | "allowedCidrs">,
  { address, origin }: Caller,
): "allowedOrigins" | "allowedCidrs" | null {
  if (allowedCidrs.length > 0 && (address === null || !isWithin(address, allowedCidrs))) return "allowedCidrs";
  if (allowedOrigins.length > 0 && origin !== null && !allowedOrigins.includes(origin)) return "allowedOrigins";
  return null;
}

/** Throws `forbidden` unless the key may be used from there. */
export function requireBounds(key: ApiKey, caller: Caller): void {
  switch (boundBroken(key, caller)) {
    case "allowedCidrs":
      throw new AppError("forbidden", `This key may not be used from ${caller.address ?? "an unknown address"}.`, {
        hint: "Use it from a network in its `allowedCidrs`; behind a proxy, see TRUSTED_PROXIES.",
      });
    case "allowedOrigins":
      throw new AppError("forbidden", "This key may not be used by pages of this origin.", {
        hint: "Use it on a page of an origin in its `allowedOrigins`.",
      });
  }
}
