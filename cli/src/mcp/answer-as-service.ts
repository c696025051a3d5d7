import type { AnswerMcp } from "@vidferry/api";
import { Vidferry } from "@vidferry/sdk";

/** `/mcp` of a service: the same tools, as a client of the service in the same process. */
export const answerAsService: AnswerMcp = async (message, { baseUrl, fetch }) => {
  // Most services never need it.
  const [{ answerMessage }, { createTools }] = await Promise.all([import("./answer-message.ts"), import("./tools.ts")]);
  // The service puts the caller's key in; without any here, the client would take that of this process's environment.
  const vidferry = new Vidferry({ baseUrl, fetch, apiKey: "of-the-caller" });
  return await answerMessage(message, createTools(vidferry));
};
