import { expect, test } from "bun:test";
import { startRedis } from "@vidferry/testing/services";
import { systemClock } from "../system/index.ts";
import { redisHintQueue } from "./hint-queue.ts";

test("a Redis that refuses the password is told apart from one that is away", async () => {
  await using redis = await startRedis();
  const [host, port] = ["127.0.0.1", redis.port];
  const check = async (url: string) => {
    const queue = redisHintQueue({ url, clock: systemClock });
    try {
      await queue.check();
    } finally {
      await queue.close();
    }
  };
  await check(redis.url);
  await expect(check(`redis://somebody:wrong@${host}:${port}`)).rejects.toMatchObject({
    code: "unavailable",
    permanent: true,
    message: "Redis refuses the user or the password.",
  });
  await redis.stop();
  await expect(check(redis.url)).rejects.toMatchObject({ code: "unavailable", permanent: false });
});
