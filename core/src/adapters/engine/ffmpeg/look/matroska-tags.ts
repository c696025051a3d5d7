import { elementsOf } from "./elements.ts";
import { sure } from "./sure.ts";

/** How long each track is by its tags, by the track's own number (RFC 9559 §5.1.8). Unsure where tags say more of a track than that. */
export function readTags(bytes: Buffer): Map<string, string> {
  const lengths = new Map<string, string>();
  for (const tag of elementsOf(bytes, null, [0x7373]).all(0x7373)) {
    const boxes = elementsOf(bytes, tag, [0x63c0, 0x67c8]);
    const targets = boxes.optional(0x63c0);
    const track = targets === null ? null : elementsOf(bytes, targets, [0x68ca, 0x63ca, 0x63c5]).hex(0x63c5);
    for (const simple of boxes.all(0x67c8)) {
      const { text } = elementsOf(bytes, simple, [0x45a3, 0x4487, 0x447a, 0x4484]);
      const name = text(0x45a3, "");
      if (track === null || track === "") continue;
      // A language of a tag becomes part of its name, and one of another letter case takes its place.
      sure(!/^language/i.test(name) && (name === "DURATION" || !/^duration/i.test(name)));
      if (name !== "DURATION") continue;
      sure(!lengths.has(track) && ["", "und"].includes(text(0x447a, "und")));
      lengths.set(track, text(0x4487, ""));
    }
  }
  return lengths;
}
