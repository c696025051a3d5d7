export { changeChoice } from "./change-choice.ts";
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
