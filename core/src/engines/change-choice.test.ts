import { describe, expect, test } from "bun:test";
import type { Actor, NewAuditEntry } from "../audit/audit.ts";
import { type ChoiceStore, changeChoice } from "./change-choice.ts";
import { countRuns, type EngineChoice, firstChoice, rollBackEngine, useEngine } from "./engine-choice.ts";

const by: Actor = { via: "cli", owner: null, keyId: null, requestId: null };

/** One choice, and what the audit log was told; `rivals` writes of others come first. */
function storeOf(choice: EngineChoice, rivals = 0) {
  const kept = { revision: 1, choice };
  const told: NewAuditEntry[] = [];
  let others = rivals;
  const engineChoices: ChoiceStore["engineChoices"] = {
    read: async () => ({ ...kept }),
    write: async (revision, changed) => {
      if (others > 0) {
        others -= 1;
        kept.revision += 1;
      }
      if (revision !== kept.revision) return false;
      kept.choice = changed;
      kept.revision += 1;
      return true;
    },
  };
  const audit = { add: async (...entries: readonly NewAuditEntry[]) => void told.push(...entries) };
  const store: ChoiceStore = { engineChoices, transaction: (run) => run({ engineChoices, audit }) };
  return { store, told };
}
const version = "2026.11.20";
const tried = useEngine(firstChoice, version, 0.1);
const used = useEngine(firstChoice, version, 1);
const failing = (choice: EngineChoice) => countRuns(choice, new Map([[version, { succeeded: 0, failed: 9 }]]));

describe("the audit log is told", () => {
  test.each<[string, EngineChoice, (choice: EngineChoice) => EngineChoice | null, object]>([
    [
      "of a trial",
      firstChoice,
      () => tried,
      { action: "engine.tried", subject: version, detail: { used: "settings", share: 0.1 } },
    ],
    ["of a use", tried, () => used, { action: "engine.used", subject: version, detail: { before: "settings" } }],
    ["of a way back", used, rollBackEngine, { action: "engine.rolled_back", subject: "settings" }],
    ["of the end of a trial", tried, rollBackEngine, { action: "engine.rolled_back", subject: version }],
    ["of a trial that failed", tried, failing, { action: "engine.left", subject: version }],
    [
      "of a version that was left by itself",
      used,
      failing,
      {
        action: "engine.left",
        subject: version,
        detail: { used: "settings", reason: "9 of 9 runs failed, usual are 10 %" },
      },
    ],
  ])("%s, once, whoever changes the choice meanwhile", async (_, before, change, entry) => {
    const { store, told } = storeOf(before, 2);
    await changeChoice(store, by, (choice) => change(choice) ?? choice);
    expect(told).toMatchObject([{ ...entry, by, owner: null }]);
  });

  test("nothing of runs that are counted, of what is seen, and where nothing changes", async () => {
    const { store, told } = storeOf(tried);
    await changeChoice(store, by, (choice) => countRuns(choice, new Map([[version, { succeeded: 1, failed: 0 }]])));
    await changeChoice(store, by, (choice) => ({ ...choice, newest: "2026.12.01" }));
    await changeChoice(store, by, (choice) => choice);
    expect(told).toEqual([]);
  });
});

test("a change that always loses is given up", async () => {
  const { store } = storeOf(firstChoice, Number.POSITIVE_INFINITY);
  expect(await changeChoice(store, by, () => tried).catch((error: unknown) => error)).toMatchObject({
    code: "unavailable",
  });
});
