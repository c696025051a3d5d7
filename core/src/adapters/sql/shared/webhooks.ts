import { and, desc, eq, isNull, type SQL, sql } from "drizzle-orm";
import { storableText, storedCopy } from "../../../jobs/rules/storable.ts";
import type { WebhookId } from "../../../runtime/ids.ts";
import { mostWebhooks, tooManyWebhooks, type Webhook } from "../../../webhooks/webhook.ts";
import type { WebhookPatch, Webhooks } from "../../../webhooks/webhooks.ts";
import type { OpenConnection, QueryBuilder, SqlConnection } from "./connection.ts";
import { failPending } from "./deliveries.ts";

/** The webhooks over SQL: one implementation for both dialects. */
export function createSqlWebhooks(open: OpenConnection): Webhooks {
  const update = async (db: QueryBuilder, connection: SqlConnection, where: SQL | undefined, changes: object) => {
    const { schema, time } = connection;
    const set = { updatedAt: time.now(), ...changes };
    return await db.update(schema.webhooks).set(set).where(where).returning();
  };

  return {
    insert: async ({ id, owner: name, url, events, description, secrets }) => {
      const { schema, time, lock, transaction } = await open();
      const { webhooks, deployment } = schema;
      const owner = storableText(name);
      const now = () => sql`${time.now()}`;
      const row = {
        ...{ id, owner, url: storableText(url), description: storableText(description) },
        ...{ events, secrets: storedCopy(secrets), createdAt: now(), updatedAt: now() },
      };
      return await transaction(async (db) => {
        // A row that is there for certain: of several that are made at once each sees those before it. It is done rarely.
        await lock(db.select({ id: deployment.id }).from(deployment), "wait");
        const own = await db.select({ id: webhooks.id }).from(webhooks).where(eq(webhooks.owner, owner));
        if (own.length >= mostWebhooks) throw tooManyWebhooks();
        const rows = await db.insert(webhooks).values(row).returning();
        return rows[0] as Webhook;
      });
    },

    get: async (id, owner) => {
      const connection = await open();
      const { webhooks } = connection.schema;
      const rows = await connection.read((db) =>
        db
          .select()
          .from(webhooks)
          .where(ownedBy(connection, id, owner)),
      );
      return rows[0] ?? null;
    },

    list: async (owner) => {
      const { schema, read } = await open();
      const { webhooks } = schema;
      return await read((db) =>
        db
          .select()
          .from(webhooks)
          .where(eq(webhooks.owner, storableText(owner)))
          .orderBy(desc(webhooks.createdAt), desc(webhooks.id)),
      );
    },

    listening: async (event) => {
      const { schema, read } = await open();
      const { webhooks } = schema;
      const enabled = await read((db) => db.select().from(webhooks).where(isNull(webhooks.disabledAt)));
      return enabled.filter(({ events }) => events.includes(event));
    },

    update: async (id, owner, patch) => {
      const connection = await open();
      return await connection.transaction(async (db) => {
        const where = ownedBy(connection, id, owner);
        const [webhook] = await update(db, connection, where, changesOf(connection, patch));
        if (webhook !== undefined && patch.disabledReason) await failPending(db, connection, id);
        return webhook ?? null;
      });
    },

    remove: async (id, owner) => {
      const connection = await open();
      const { webhooks, webhookDeliveries } = connection.schema;
      return await connection.transaction(async (db) => {
        const removed = await db
          .delete(webhooks)
          .where(ownedBy(connection, id, owner))
          .returning({ id: webhooks.id });
        if (removed.length === 0) return false;
        await db
          .delete(webhookDeliveries)
          .where(eq(webhookDeliveries.webhookId, id))
          .returning({ id: webhookDeliveries.id });
        return true;
      });
    },

    markDelivered: async (id) => {
      const connection = await open();
      const { webhooks } = connection.schema;
      const where = and(eq(webhooks.id, id), sql`${webhooks.failingSince} is not null`);
      await connection.write((db) => update(db, connection, where, { failingSince: null }));
    },

    markFailing: async (id) => {
      const connection = await open();
      const { webhooks } = connection.schema;
      const where = and(eq(webhooks.id, id), isNull(webhooks.failingSince));
      await connection.write((db) => update(db, connection, where, { failingSince: connection.time.now() }));
    },

    disable: async (id, reason) => {
      const connection = await open();
      const { webhooks } = connection.schema;
      await connection.transaction(async (db) => {
        const where = and(eq(webhooks.id, id), isNull(webhooks.disabledAt));
        await update(db, connection, where, { disabledAt: connection.time.now(), disabledReason: reason });
        await failPending(db, connection, id);
      });
    },

    defaultSecrets: async (owner) => {
      const { schema, read } = await open();
      const { webhookSecrets } = schema;
      const rows = await read((db) =>
        db
          .select()
          .from(webhookSecrets)
          .where(eq(webhookSecrets.owner, storableText(owner))),
      );
      return rows[0]?.secrets ?? null;
    },

    replaceDefaultSecrets: async (owner, before, secrets) => {
      const { schema, time, transaction } = await open();
      const { webhookSecrets } = schema;
      const isOwner = eq(webhookSecrets.owner, storableText(owner));
      return await transaction(async (db) => {
        const row = { owner: storableText(owner), secrets, updatedAt: sql`${time.now()}` };
        const changed =
          before === null
            ? await db.insert(webhookSecrets).values(row).onConflictDoNothing().returning()
            : await db
                .update(webhookSecrets)
                .set({ secrets, updatedAt: time.now() })
                .where(and(isOwner, eq(webhookSecrets.secrets, before)))
                .returning();
        const [current] = changed.length > 0 ? changed : await db.select().from(webhookSecrets).where(isOwner);
        return current?.secrets ?? [];
      });
    },
  };
}

function ownedBy({ schema: { webhooks } }: SqlConnection, id: WebhookId, owner: string | null): SQL | undefined {
  return and(eq(webhooks.id, id), owner === null ? undefined : eq(webhooks.owner, storableText(owner)));
}

function changesOf({ time }: SqlConnection, patch: WebhookPatch): object {
  const { url, events, description, secrets, disabledReason } = patch;
  return {
    ...(url !== undefined && { url: storableText(url) }),
    ...(events !== undefined && { events }),
    ...(description !== undefined && { description: storableText(description) }),
    ...(secrets !== undefined && { secrets: storedCopy(secrets) }),
    ...(disabledReason === null && { disabledReason, disabledAt: null, failingSince: null }),
    ...(disabledReason && { disabledReason, disabledAt: time.now() }),
  };
}
