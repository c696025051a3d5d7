import { answerMs, askedMs, mostWaiting, type QuestionBoard } from "../probe-relay/index.ts";
import type { RedisHub } from "./hub.ts";
import { probeKeys } from "./probe-keys.ts";
import { answerScript, askScript, giveBackScript, holdScript, lookScript, takeScript } from "./probe-scripts.ts";
import { runScript } from "./script.ts";

/** Questions in a list of ids and some keys with an end for each; calls go over pub/sub. */
export function redisQuestionBoard(hub: RedisHub, prefix: string): QuestionBoard {
  const { commands } = hub;
  const release = hub.use();
  const keys = probeKeys(prefix);
  return {
    put: async (id, question) => {
      const args = [id, question, askedMs, mostWaiting, keys.wake];
      const all = [keys.waiting, keys.of(id).asked];
      return (await commands.run((client) => runScript(client, askScript, all, args))) === 1;
    },

    look: async (id) => {
      const own = keys.of(id);
      const all = [own.asked, own.taken, own.answer, keys.waiting];
      const reply = await commands.run((client) => runScript(client, lookScript, all, [askedMs, id]));
      const [state, answer = ""] = reply as readonly ["answered" | "taken" | "waiting" | "lost", string?];
      return state === "answered" ? { state, answer } : { state };
    },

    take: async (server, holdMs, atLimit) => {
      const args = [keys.base, server, holdMs, ...atLimit];
      const taken = await commands.run((client) => runScript(client, takeScript, [keys.waiting], args), { once: true });
      if (!Array.isArray(taken)) return null;
      const [id, question] = taken as [string, string];
      return { id, question };
    },

    hold: async (id, server, holdMs) => {
      const own = keys.of(id);
      const all = [own.asked, own.taken];
      return (await commands.run((client) => runScript(client, holdScript, all, [server, holdMs]))) === 1;
    },

    answer: async (id, answer) => {
      const own = keys.of(id);
      const args = [answer, answerMs, own.channel];
      await commands.run((client) => runScript(client, answerScript, [own.asked, own.answer], args));
    },

    giveBack: async (id, server) => {
      const own = keys.of(id);
      const all = [keys.waiting, own.asked, own.taken];
      await commands.run((client) => runScript(client, giveBackScript, all, [id, server, keys.wake]));
    },

    remove: async (id) => {
      const own = keys.of(id);
      await commands.run((client) => client.del(own.asked, own.taken, own.answer));
    },

    onQuestion: (listener) => hub.subscriber.subscribe(keys.wake, listener),
    onAnswer: (id, listener) => hub.subscriber.subscribe(keys.of(id).channel, listener),
    close: async () => release(),
  };
}
