export { askJson, askWhetherThere, type OperatorServer, refusedWith } from "./ask-json.ts";
