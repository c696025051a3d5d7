import { type SQL, sql } from "drizzle-orm";
import { answerMs, askedMs, mostWaiting, type QuestionBoard } from "../../../probe-relay/index.ts";
import { type MessageConnections, notWaitingForDisk } from "./connections.ts";

type Row = Record<string, string | boolean | null>;

/** Questions in rows; calls are notifications: an empty one for a question, the id for an answer. */
export function postgresQuestionBoard(connections: MessageConnections): QuestionBoard {
  const { pool, listener } = connections;
  const channel = connections.channel("probes");
  const table = connections.named("probe_questions");
  const now = sql`statement_timestamp()`;
  const after = (ms: number): SQL => sql`${now} + ${ms} * interval '1 millisecond'`;
  const rows = (statement: SQL): Promise<readonly Row[]> => pool.run((db) => db.execute<Row>(statement));
  /** Runs a write that returns ids, and calls for each. */
  const calling = (write: SQL, payload: SQL): Promise<readonly Row[]> =>
    rows(
      sql`with written as (${write}) select ${notWaitingForDisk}, id, pg_notify(${channel}, ${payload}) from written`,
    );

  return {
    put: async (id, question, holder) => {
      const put = sql`
        insert into ${table} as old (id, question, holder, asked_at, asked_until)
        select ${id}, ${question}, ${holder}, clock_timestamp(), ${after(askedMs)}
        where (select count(*) from ${table} where taken_by is null and asked_until > ${now}) < ${mostWaiting}
        on conflict (id) do update set asked_at = excluded.asked_at, asked_until = excluded.asked_until,
          taken_by = null, taken_until = null
        returning id`;
      // What an asker left that died.
      await rows(sql`delete from ${table} where asked_until < ${after(-answerMs)}`);
      return (await calling(put, sql`''`)).length > 0;
    },

    look: async (id) => {
      const [row] = await rows(sql`
        update ${table} set asked_until = ${after(askedMs)} where id = ${id} and (asked_until > ${now} or answer is not null)
        returning answer, taken_by, taken_until > ${now} as held`);
      if (row === undefined) return { state: "lost" };
      if (row["answer"] !== null) return { state: "answered", answer: String(row["answer"]) };
      if (row["taken_by"] === null) return { state: "waiting" };
      return { state: row["held"] === true ? "taken" : "lost" };
    },

    take: async (server, holdMs, atLimit) => {
      const [row] = await rows(sql`
        update ${table} set taken_by = ${server}, taken_until = ${after(holdMs)} where id = (
          select id from ${table} where taken_by is null and asked_until > ${now}
            and holder not in (select jsonb_array_elements_text(${JSON.stringify(atLimit)}::jsonb))
          order by asked_at, id limit 1 for update skip locked
        ) returning id, question`);
      return row === undefined ? null : { id: String(row["id"]), question: String(row["question"]) };
    },

    hold: async (id, server, holdMs) => {
      const held = await rows(sql`
        update ${table} set taken_until = ${after(holdMs)}
        where id = ${id} and taken_by = ${server} and taken_until > ${now} and asked_until > ${now} returning id`);
      return held.length > 0;
    },

    answer: async (id, answer) => {
      const write = sql`
        update ${table} set answer = ${answer} where id = ${id} and answer is null and asked_until > ${now} returning id`;
      await calling(write, sql`id`);
    },

    giveBack: async (id, server) => {
      const write = sql`
        update ${table} set taken_by = null, taken_until = null where id = ${id} and taken_by = ${server} returning id`;
      await calling(write, sql`''`);
    },

    remove: async (id) => {
      await rows(sql`delete from ${table} where id = ${id}`);
    },

    onQuestion: (listen) => listener.listen(channel, (payload) => (payload === null || payload === "") && listen()),
    onAnswer: (id, listen) => listener.listen(channel, (payload) => (payload === null || payload === id) && listen()),
    close: async () => undefined,
  };
}
