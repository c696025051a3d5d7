const message = (events: readonly (readonly [event: string, schema: string])[]) => ({
  oneOf: events.map(([event, schema]) => ({
    type: "object",
    required: ["id", "event", "data"],
    properties: {
      id: { type: "string", description: "Its place in the log; opaque." },
      event: { const: event },
      data: { $ref: `#/components/schemas/${schema}` },
    },
  })),
});

const ofJob = [
  ["job", "DownloadJob"],
  ["progress", "ProgressEvent"],
] as const;

const common =
  "Each message is a text frame. `?lastEventId=` resumes. A browser sends its key as a protocol, " +
  '`new WebSocket(url, ["vidferry", "bearer.vf_…"])`, or a `?ticket=`.';

/** The WebSocket routes, for which OpenAPI has no words, as an extension of the document. */
export const socketRoutes = {
  "/ws/progress/{id}": {
    description: `The events of one download, as \`followDownload\` has them. ${common} Closes with 1000 after the last event.`,
    "x-required-scope": "downloads:read",
    message: message(ofJob),
  },
  "/ws/events": {
    description: `The events of all downloads of the key's owner, as \`followAll\` has them. ${common}`,
    "x-required-scope": "downloads:read",
    message: message([...ofJob, ["snapshot", "SnapshotEvent"]]),
  },
};
