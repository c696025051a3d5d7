import { describe, expect, test } from "bun:test";
import { type OwnerEvent, toJobResource } from "@vidferry/core";
import { eventually } from "@vidferry/testing";
import { aborted } from "../../testing/fake-service.ts";
import { createHarness, expectProblem } from "../../testing/harness.ts";
import { startHarness } from "../../testing/live-server.ts";
import { makeJob } from "../../testing/samples.ts";

const job = makeJob(1, { state: "succeeded" });
const event: OwnerEvent = { id: "7-3", type: "job", data: toJobResource(job) };

describe("GET /ws/events", () => {
  test("sends the events of all jobs as text frames, from a place on, until the client leaves", async () => {
    const { url, service } = await startHarness();
    const asked: unknown[] = [];
    service.onFollowAll = async function* (owner, { lastEventId, types, signal }) {
      asked.push({ owner, lastEventId, types });
      yield event;
      await aborted(signal);
    };
    const frames: unknown[] = [];
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws/events?lastEventId=7-2&types=job`);
    socket.addEventListener("message", ({ data }) => frames.push(JSON.parse(String(data))));
    await eventually(() => frames.length === 1);
    // The end of one job is not the end of all.
    expect(socket.readyState).toBe(WebSocket.OPEN);
    expect(frames).toEqual([{ id: "7-3", event: "job", data: event.data }]);
    expect(asked).toEqual([{ owner: "local", lastEventId: "7-2", types: new Set(["job"]) }]);
    socket.close();
    await eventually(() => service.following.count === 0);
  });

  test("refuses pages of other origins, what is no handshake, and wrong queries", async () => {
    const { send } = createHarness();
    await expectProblem(
      await send("GET", "/ws/events", undefined, { Origin: "https://evil.example" }),
      403,
      "forbidden",
    );
    await expectProblem(await send("GET", "/ws/events"), 422, "invalid_request");
    await expectProblem(await send("GET", "/ws/events?types=confetti"), 422, "invalid_request");
  });
});
