import { byteLength } from "./job-payload.ts";

/** Standard Webhooks asks for bodies below 20 KB. */
const maxBodyBytes = 20_000;

/** The body as it is sent: with the addresses of files under the public address of the service, where it has one. */
export function publicBody(body: string, publicUrl: string | null): string {
  if (publicUrl === null) return body;
  const parsed = JSON.parse(body, (key, value: unknown) =>
    key === "url" && typeof value === "string" && value.startsWith("/api/v1/") ? `${publicUrl}${value}` : value,
  );
  const text = JSON.stringify(parsed);
  return byteLength(text) < maxBodyBytes ? text : body;
}
