import { z } from "zod";

/** Longest address of a webhook, in characters. */
const maxLength = 2048;

export const WebhookUrl = z
  .string()
  .trim()
  .min(1)
  .max(maxLength, `at most ${maxLength} characters`)
  .refine((text) => isHttp(URL.parse(text)), "an address that begins with https://")
  .refine((text) => !hasUser(URL.parse(text)), "must not contain a user or a password")
  .meta({ format: "uri" });

const isHttp = (url: URL | null): boolean => url !== null && (url.protocol === "https:" || url.protocol === "http:");
const hasUser = (url: URL | null): boolean => url !== null && url.username + url.password !== "";
