import { expect, test } from "bun:test";
import { Buffer } from "node:buffer";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { tempDir } from "@vidferry/testing";
import { openPartFile } from "./part-file.ts";

test("a note that is being written when the file ends is not left beside it", async () => {
  // Which of the two is first differs from time to time.
  for (let time = 0; time < 30; time += 1) {
    await using dir = await tempDir("vidferry-part");
    const part = await openPartFile(join(dir.path, "clip.part"), { digest: false });
    part.begin({ size: 4, validator: '"one"' });
    await part.write([Buffer.from("clip")], 0);
    // As by the clock that saves now and then.
    const finishing = part.finish(join(dir.path, "clip.mp4"), null);
    const saving = part.save();
    await Promise.all([finishing, saving]);
    await part.close();
    expect(await readdir(dir.path)).toEqual(["clip.mp4"]);
    expect(await readFile(join(dir.path, "clip.mp4"), "utf8")).toBe("clip");
  }
});
