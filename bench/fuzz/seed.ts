/** Things of a service that requests can be about. */
export interface Seeds {
  readonly jobId: string;
  readonly keyId: string;
  readonly webhookId: string;
}

/** Makes a job that is over, a key and a webhook, and tells their ids. */
export async function seed(url: string, key: string): Promise<Seeds> {
  const post = async (path: string, body: object): Promise<{ id: string }> => {
    const response = await fetch(`${url}/api/v1${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { id: string };
  };
  const job = await post("/downloads", { url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ" });
  await post(`/downloads/${job.id}/cancel`, {});
  const made = await post("/keys", { name: "for the fuzzer" });
  const webhook = await post("/webhooks", { url: "https://hooks.example.com/vidferry" });
  return { jobId: job.id, keyId: made.id, webhookId: webhook.id };
}

/** The configuration of schemathesis: real ids for paths, and what a stream without an end needs. */
export function configuration({ jobId, keyId, webhookId }: Seeds, hooks: string): string {
  const idOf = (pattern: string, id: string) =>
    `[[operations]]\ninclude-path-regex = ${JSON.stringify(pattern)}\nparameters = { "path.id" = ${JSON.stringify(id)} }\n`;
  return `hooks = ${JSON.stringify(hooks)}
continue-on-failure = true
request-timeout = 30
max-stream-events = 1

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 414, 415, 422, 428, 429, 431]

${idOf("^/api/v1/(downloads|status)/", jobId)}
${idOf("^/api/v1/keys/", keyId)}
${idOf("^/api/v1/webhooks/", webhookId)}
`;
}
