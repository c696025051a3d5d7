export { type ChoiceStore, changeChoice } from "./change-choice.ts";
export { type ChoosingDownloader, checkEngineChoice, chooseEngine, type EngineChooser } from "./choose-engine.ts";
export {
  countRuns,
  drawEngine,
  type EngineChoice,
  type EngineOutcomes,
  type EngineTrial,
  type EngineVersion,
  type EngineWatch,
  firstChoice,
  rollBackEngine,
  useEngine,
  wantedEngines,
} from "./engine-choice.ts";
export type { EngineChoices, KeptChoice } from "./engine-choices.ts";
export type { EngineInstalls, InstalledEngine } from "./engine-installs.ts";
export { compareEngineVersions, isEngineVersion, writeEngineVersion } from "./engine-version.ts";
