import {
  createSecretBox,
  createWebhook,
  defaultSecrets,
  mostWebhooks,
  rotateDefaultSecret,
  rotateSecret,
  type WebhookSupport,
} from "@vidferry/core";
import { createIdGenerator, systemClock } from "@vidferry/core/system";
import { type DatabaseSuite, must } from "../database/fixture.ts";
import { newWebhook } from "./fixture.ts";

const operator = { via: "cli", owner: null, keyId: null, requestId: null } as const;
const hour = 3_600_000;

const webhookSupport: WebhookSupport = {
  secrets: createSecretBox(async () => ["k".repeat(32)]),
  sender: { timeoutMs: 1, refuses: () => null, send: async () => ({ kind: "failed", error: "nothing is sent" }) },
  publicUrl: null,
  refused: null,
};

/** What holds when several processes change the webhooks of an owner at the same time. */
export function webhooksAtOnceConformance({ describe, test, expect, create }: DatabaseSuite): void {
  const scene = async () => {
    const fixture = await create();
    const deps = { database: fixture.store, ids: createIdGenerator(), clock: systemClock, webhookSupport };
    return { store: fixture.store, deps, [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose]() };
  };

  describe("webhooks that are changed at once", () => {
    test("each rotation of a secret follows another one, and none is lost", async () => {
      await using fixture = await scene();
      const { store, deps } = fixture;
      const { id, secrets } = await store.webhooks.insert(newWebhook());
      const written = await Promise.all(
        Array.from({ length: 4 }, () => rotateSecret(deps, id, "ada", hour, operator, null)),
      );
      const rotations = written.flatMap((one) => (one.kind === "written" ? one.value.webhook.secrets : []));
      const newest = must(must(await store.webhooks.get(id, "ada")).secrets[0]).sealed;
      const made = rotations.filter(({ expiresAt }) => expiresAt === null).map(({ sealed }) => sealed);
      const followed = rotations.filter(({ expiresAt }) => expiresAt !== null).map(({ sealed }) => sealed);
      expect([...followed, newest].toSorted()).toEqual([must(secrets[0]).sealed, ...made].toSorted());
    });

    test("each rotation of the default secret follows another one, and none fails", async () => {
      await using fixture = await scene();
      const { deps } = fixture;
      const [first] = await defaultSecrets(deps, webhookSupport.secrets, "ada");
      const written = await Promise.all(
        Array.from({ length: 4 }, () => rotateDefaultSecret(deps, "ada", hour, operator, null)),
      );
      const rotations = written.map((one) => (one.kind === "written" ? one.value : []));
      const [newest] = await defaultSecrets(deps, webhookSupport.secrets, "ada");
      const made = rotations.map(([secret]) => must(secret));
      expect([...rotations.map(([, before]) => must(before)), must(newest)].toSorted()).toEqual(
        [must(first), ...made].toSorted(),
      );
    });

    test("no more are made than an owner may have", async () => {
      await using fixture = await scene();
      const { store, deps } = fixture;
      const input = { url: "https://hooks.example.com/a", events: ["job.failed"], description: "" } as const;
      const outcomes = await Promise.allSettled(
        Array.from({ length: mostWebhooks + 7 }, () => createWebhook(deps, "ada", input, operator, null)),
      );
      const refused = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason] : []));
      expect(refused.map(({ code }) => code)).toEqual(Array(7).fill("quota_exceeded"));
      expect(await store.webhooks.list("ada")).toHaveLength(mostWebhooks);
      expect(await createWebhook(deps, "bob", input, operator, null)).toMatchObject({ kind: "written" });
    });
  });
}
