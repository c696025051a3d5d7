import { expect, test } from "bun:test";
import {
  createHeldClock,
  createServiceFixture,
  eventually,
  newFileKey,
  type ServiceFixture,
  storedKeys,
  storeFile,
} from "@vidferry/testing";
import { aMedia, anArtifact, aResult, attemptOf, must } from "@vidferry/testing/conformance";
import { changeJobs } from "./bulk.ts";
import { type Job, localOwner } from "./job.ts";
import { moveJob, removeJob } from "./manage-job.ts";

/** A job that recorded on a machine which is gone, and waits for the next attempt with two copies of its recording. */
async function waiting({ deps, submit, claim }: ServiceFixture): Promise<Job> {
  const job = await claim(await submit());
  const { attempts } = deps.database;
  await attempts.heartbeat(attemptOf(job), 5_000, { media: { ...aMedia, isLive: true } });
  for (let count = 0; count < 2; count += 1) await storeFile(deps.blobs, pieceOf(job));
  return must(await attempts.requeue(attemptOf(job), { error: null, delayMs: 0, countsAsFailure: false }));
}

const pieceOf = ({ id, attempt }: Job): string => newFileKey(id, attempt).replace(/\.\w+$/, ".recording");

test("the copies of a recording go with its job, also where no worker has it", async () => {
  await using fixture = await createServiceFixture();
  const { deps } = fixture;
  const [deleted, canceled, other] = [await waiting(fixture), await waiting(fixture), await waiting(fixture)];
  await removeJob(deps, deleted.id, localOwner);
  await moveJob(deps, canceled.id, localOwner, "cancel");
  const left = await storedKeys(deps.blobs);
  expect(left).toHaveLength(2);
  for (const key of left) expect(key).toStartWith(`jobs/${other.id}/`);
  await changeJobs(deps, { owner: localOwner, target: { ids: [other.id] }, action: "delete" }, null);
  expect(await storedKeys(deps.blobs)).toEqual([]);
});

test("the copies of a recording stay while its job is paused, and a cancellation takes none of a later attempt", async () => {
  await using fixture = await createServiceFixture();
  const { deps } = fixture;
  const job = await waiting(fixture);
  await moveJob(deps, job.id, localOwner, "pause");
  expect(await storedKeys(deps.blobs)).toHaveLength(2);
  const later = await storeFile(deps.blobs, pieceOf({ ...job, attempt: job.attempt + 1 }));
  await moveJob(deps, job.id, localOwner, "cancel");
  expect(await storedKeys(deps.blobs)).toEqual([later]);
});

test("a client is answered although the storage hangs", async () => {
  const clock = createHeldClock();
  await using fixture = await createServiceFixture({}, { clock });
  const { deps, claim, submit } = fixture;
  const { database, blobs } = deps;
  const [canceled, deleted] = [await waiting(fixture), await claim(await submit())];
  const artifact = { ...anArtifact, storageKey: await storeFile(blobs, newFileKey(deleted.id, deleted.attempt)) };
  must(await database.attempts.succeed(attemptOf(deleted), { ...aResult, artifacts: [artifact], retentionMs: null }));
  const { promise: hangs, resolve: release } = Promise.withResolvers<void>();
  const { list, remove } = blobs;
  async function* hanging(prefix: string) {
    await hangs;
    yield* list(prefix);
  }
  Object.assign(blobs, { list: hanging, remove: (keys: readonly string[]) => hangs.then(() => remove(keys)) });
  const asked = [moveJob(deps, canceled.id, localOwner, "cancel"), removeJob(deps, deleted.id, localOwner)];
  const answered = Promise.all(asked).then(() => true);
  await eventually(() => {
    clock.advance(10_000);
    return Promise.race([answered, Bun.sleep(5).then(() => false)]);
  });
  release();
  Object.assign(blobs, { list, remove });
  await eventually(async () => (await storedKeys(blobs)).length === 0);
});
