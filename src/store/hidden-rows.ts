import type { Transaction } from './database.ts'

/** A table beneath a view of `billing` that shows the view's owner only some of its rows. */
export type HiddenRows = Readonly<{ view: string; table: string; owner: string }>

/**
 * The tables whose row-level security decides what a view of `billing` shows, and to everybody: it goes by the owner of
 * the view (CREATE VIEW, notes), unless he is above it, or owns a table that does not force it on him.
 */
export async function readHiddenRows(tx: Transaction): Promise<readonly HiddenRows[]> {
  return tx.$queryRawUnsafe<HiddenRows[]>(
    `WITH RECURSIVE views AS (
       SELECT c.oid, c.relowner, n.nspname || '.' || c.relname AS top
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'billing' AND c.relname IN ('accounts', 'contacts', 'credit_grants', 'credit_usage')
          AND c.relkind IN ('v', 'm')
       UNION
       SELECT beneath.oid, beneath.relowner, views.top
         FROM views
         JOIN pg_rewrite rule ON rule.ev_class = views.oid
         JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = rule.oid AND d.refclassid = 'pg_class'::regclass
         JOIN pg_class beneath ON beneath.oid = d.refobjid AND beneath.relkind IN ('v', 'm') AND beneath.oid <> views.oid)
     SELECT DISTINCT views.top AS view, t.oid::regclass::text AS table, quote_ident(r.rolname) AS owner
       FROM views
       JOIN pg_rewrite rule ON rule.ev_class = views.oid
       JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = rule.oid AND d.refclassid = 'pg_class'::regclass
       JOIN pg_class t ON t.oid = d.refobjid AND t.relkind IN ('r', 'p') AND t.relrowsecurity
       JOIN pg_roles r ON r.oid = views.relowner
      WHERE NOT r.rolsuper AND NOT r.rolbypassrls
        AND (t.relforcerowsecurity OR NOT pg_has_role(r.oid, t.relowner, 'USAGE'))
      ORDER BY 1, 2`,
  )
}
