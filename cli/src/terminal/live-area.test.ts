import { describe, expect, test } from "bun:test";
import { emulatedScreen } from "../testing/emulated-screen.ts";
import { barLine } from "./bar.ts";
import { fit } from "./fit.ts";
import { createLiveArea } from "./live-area.ts";

const long = "x".repeat(300);

describe("lines that are drawn in place", () => {
  test("replace one another, below what is printed", async () => {
    const screen = emulatedScreen(40);
    const area = createLiveArea(screen);
    area.draw(["one 10 %", "two 20 %"]);
    area.draw(["one 30 %", "two 40 %"]);
    area.print("saved three");
    area.draw(["two 50 %"]);
    expect(await screen.lines()).toEqual(["saved three", "two 50 %"]);
    area.end();
    expect(await screen.lines()).toEqual(["saved three"]);
  });

  test.each([1, 2, 7, 20, 40, 200])("wrap in no terminal: %d columns", async (columns) => {
    const screen = emulatedScreen(columns);
    const area = createLiveArea(screen);
    for (let round = 0; round < 3; round += 1) area.draw([long, "日本語のとても長いタイトル 😀👋🏽".repeat(10)]);
    for (const line of await screen.lines()) expect(Bun.stringWidth(line)).toBeLessThan(Math.max(2, columns));
    expect((await screen.lines()).length).toBeLessThanOrEqual(2);
    area.end();
    expect(await screen.lines()).toEqual([]);
  });

  test.each([
    [80, 30],
    [80, 9],
    [30, 120],
  ])("survive a terminal that changes from %d to %d columns, and leave nothing behind", async (before, after) => {
    const screen = emulatedScreen(before);
    screen.write("$ vidferry download\r\n");
    const area = createLiveArea(screen);
    area.draw([long, long]);
    await screen.resize(after, 24);
    area.draw([long, long]);
    area.print("done");
    area.end();
    expect((await screen.lines()).join("").replace("$ vidferry download", "")).toBe("done");
  });

  test("are no more than the terminal has rows", async () => {
    const screen = emulatedScreen(40, 5);
    const area = createLiveArea(screen);
    const lines = Array.from({ length: 16 }, (_, index) => `video ${index}`);
    for (let round = 0; round < 3; round += 1) area.draw(lines);
    expect((await screen.lines()).length).toBeLessThanOrEqual(5);
    area.end();
    expect(await screen.lines()).toEqual([]);
  });

  test("give the cursor back, and draw nothing more at the end", async () => {
    const screen = emulatedScreen(40);
    const area = createLiveArea(screen);
    area.draw(["10 %"]);
    area.end();
    area.draw(["20 %"]);
    area.print("stopped");
    expect(await screen.lines()).toEqual(["stopped"]);
    expect(screen.written.lastIndexOf("\u001b[?25h")).toBeGreaterThan(screen.written.lastIndexOf("\u001b[?25l"));
  });

  test("have no colours, whatever NO_COLOR says", () => {
    const screen = emulatedScreen(40);
    const area = createLiveArea(screen);
    area.draw([barLine(50, "title", 40)]);
    area.print("saved");
    area.end();
    expect(screen.written.replaceAll("\u001b[", "")).not.toMatch(/\d*m/);
  });
});

describe("a text that is cut to a width", () => {
  test.each([
    ["short", 10, "short"],
    ["exactly10!", 10, "exactly10!"],
    ["a bit longer", 10, "a bit lon…"],
    ["日本語", 4, "日…"],
    ["👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 3, "👨‍👩‍👧‍👦…"],
    ["text", 1, "…"],
    ["text", 0, ""],
  ])("%s in %d columns: %s", (text, columns, cut) => {
    expect(fit(text, columns)).toBe(cut);
  });
});

test("a bar shows its share, and leaves room for its text", () => {
  expect(barLine(0, "t", 100)).toBe(`${"░".repeat(24)}   0 %  t`);
  expect(barLine(50, "t", 100)).toBe(`${"█".repeat(12)}${"░".repeat(12)}  50 %  t`);
  expect(barLine(400, "t", 100)).toStartWith(`${"█".repeat(24)} 100 %`);
  expect(barLine(50, "t", 12)).toBe(" 50 %  t");
});
