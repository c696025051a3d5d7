import { z } from "zod";
import { keyScopes } from "./scopes.ts";

/*
 * What a person may write when a key is made or changed. One place, so that the command and the API take the same.
 */

/** Origins as browsers send them: no path, no wildcard. Apps in a frame of their own have schemes of their own. */
const isOrigin = (text: string): boolean => {
  const match = /^([a-z][a-z0-9+.-]*):\/\/[^/?#@*\s]+$/.exec(text);
  return match !== null && URL.canParse(text) && (!/^https?$/.test(match[1] ?? "") || new URL(text).origin === text);
};

const network = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()]);

export const KeyName = z
  .string()
  .trim()
  .min(1, "a name")
  .max(100)
  .regex(/\S/, "a name")
  .describe("For people, to tell keys apart.");

export const KeyOwner = z
  .string()
  .regex(/^[\w.@:+-]{1,100}$/, "1 to 100 letters, digits and any of _ . @ : + -")
  .describe("Whose jobs are made and seen with it. Keys of one owner see the same.");

export const KeyScopes = z
  .array(z.enum(keyScopes))
  .min(1, "at least one scope")
  .max(keyScopes.length)
  .describe("What it may do. `read` and `write` are short names for several; `admin` allows everything.");

export const KeyExpiry = z.iso
  .datetime({ offset: true, message: "a time such as 2027-01-31T12:00:00Z" })
  .nullable()
  .describe("From then on it does not work; null: never ends by itself.");

export const AllowedOrigins = z
  .array(z.string().max(200).refine(isOrigin, "an origin such as https://app.example.org, without a path"))
  .max(20)
  .describe("Origins of web pages that may use it; empty: all. Programs send no origin and are not bound by it.");

export const AllowedCidrs = z
  .array(
    z
      .string()
      .max(50)
      .refine(
        (text) => network.safeParse(text).success,
        "an address such as 203.0.113.7, or a network such as 10.0.0.0/8",
      ),
  )
  .max(50)
  .describe("Addresses and networks that it may be used from; empty: all.");
