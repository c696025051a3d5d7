import { type ApiKey, AppError } from "@vidferry/core";
import { isWithin } from "../http/client/networks.ts";

/** Where a request comes from. */
export interface Caller {
  /** Null: not known. */
  readonly address: string | null;
  /** Of the web page that sends it; null: not a page's, or one of our own origin that reads. */
  readonly origin: string | null;
}

/** A field of a key that does not let a caller use it, or null. */
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
