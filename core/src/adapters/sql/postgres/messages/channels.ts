import { createHash } from "node:crypto";

/** What a notification may be about: hints, signals, events, probes, or a test of the connection that listens. */
export type Topic = "queue" | "control" | "events" | "probes" | `echo-${string}`;

const longestName = 63;

/** The name of a channel. All schemas of a database share its channels, so a name carries the schema. */
export function channelOf(schema: string, topic: Topic): string {
  const name = `${schema}:${topic}`;
  if (name.length <= longestName) return name;
  return `${createHash("sha256").update(schema).digest("hex").slice(0, 24)}:${topic}`;
}
