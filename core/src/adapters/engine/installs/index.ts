export { engineInstalls } from "./installs.ts";
