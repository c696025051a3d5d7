import { blobStoreConformance } from "@vidferry/testing/conformance";
import { nodeTestKit } from "@vidferry/testing/node-test";
import { expect } from "expect";
import { createMapBlobs } from "./map-blobs.ts";

blobStoreConformance({
  ...nodeTestKit(expect),
  name: "in a Map",
  create: async () => ({ store: createMapBlobs(), [Symbol.asyncDispose]: async () => undefined }),
});
