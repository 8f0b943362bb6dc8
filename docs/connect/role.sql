-- The role under which the service runs: it reads the views, and writes only what is the program's own.
-- Run it after `credit-reminders migrate`, as the role that ran that, and after upgrades again; put a password of your own
-- in its place.
BEGIN;
DO $$ BEGIN CREATE ROLE reminders_app LOGIN PASSWORD 'change-me'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
GRANT USAGE ON SCHEMA billing, reminders, pgboss, public TO reminders_app;
GRANT SELECT ON ALL TABLES IN SCHEMA billing TO reminders_app;
GRANT SELECT ON public._prisma_migrations TO reminders_app;
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA reminders TO reminders_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA reminders TO reminders_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA pgboss TO reminders_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgboss TO reminders_app;
COMMIT;
