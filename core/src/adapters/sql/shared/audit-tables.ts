import type { AuditAction, AuditDetail } from "../../../audit/audit.ts";
import type { AuditId, KeyId } from "../../../runtime/ids.ts";
import type { ColumnKit } from "./column-kit.ts";

/** The table of the audit log. */
export function auditTables(kit: ColumnKit) {
  /** Who did what; see `Audit`. */
  const auditLog = kit.table(
    "audit_log",
    {
      id: kit.text("id").$type<AuditId>().primaryKey(),
      at: kit.time("at").notNull(),
      action: kit.text("action").$type<AuditAction>().notNull(),
      via: kit.text("via").$type<"api" | "cli" | "service">().notNull(),
      actor: kit.text("actor"),
      keyId: kit.text("key_id").$type<KeyId>(),
      requestId: kit.text("request_id"),
      subject: kit.text("subject"),
      owner: kit.text("owner"),
      detail: kit.json<AuditDetail>("detail").notNull(),
    },
    (table) => [
      kit.index("audit_newest").on(table.at, table.id),
      kit.index("audit_action").on(table.action, table.at, table.id),
      kit.index("audit_subject").on(table.subject, table.at, table.id),
      kit.index("audit_key").on(table.keyId, table.at, table.id),
    ],
  );
  return { auditLog };
}
