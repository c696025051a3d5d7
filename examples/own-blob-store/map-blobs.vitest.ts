import { blobStoreConformance } from "@vidferry/testing/conformance";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMapBlobs } from "./map-blobs.ts";

blobStoreConformance({
  ...{ describe, test, expect, beforeAll, afterAll },
  name: "in a Map",
  create: async () => ({ store: createMapBlobs(), [Symbol.asyncDispose]: async () => undefined }),
});
