-- AlterTable
ALTER TABLE "reminders"."suppressions" ADD COLUMN "scope" TEXT NOT NULL DEFAULT 'all',
    ADD COLUMN "listed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    ADD COLUMN "lifted_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "reminders"."mails" ADD COLUMN "retried_after" TEXT,
    ADD COLUMN "retried_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "reminders"."sweeps" ADD COLUMN "split" JSONB;

-- CreateTable
CREATE TABLE "reminders"."sweep_parts" (
    "sweep_id" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "after" TEXT,
    "up_to" TEXT,
    "state" TEXT NOT NULL,
    "counts" JSONB,

    CONSTRAINT "sweep_parts_pkey" PRIMARY KEY ("sweep_id","number")
);

-- CreateTable
CREATE TABLE "reminders"."reports" (
    "id" BIGSERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "mail_id" UUID,
    "address_hash" TEXT,
    "kind" TEXT NOT NULL,
    "status" TEXT,
    "diagnostic" TEXT,
    "source" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "reports_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reminders"."pace_lanes" (
    "lane" TEXT NOT NULL,
    "next_free" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "pace_lanes_pkey" PRIMARY KEY ("lane")
);

-- CreateIndex
CREATE INDEX "sweeps_finished_at_idx" ON "reminders"."sweeps"("finished_at");

-- CreateIndex
CREATE UNIQUE INDEX "reports_key_key" ON "reminders"."reports"("key");

-- CreateIndex
CREATE INDEX "reports_mail_id_idx" ON "reminders"."reports"("mail_id");

-- CreateIndex
CREATE INDEX "reports_received_at_idx" ON "reminders"."reports"("received_at");

-- AddForeignKey
ALTER TABLE "reminders"."reports" ADD CONSTRAINT "reports_mail_id_fkey" FOREIGN KEY ("mail_id") REFERENCES "reminders"."mails"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reminders"."sweep_parts" ADD CONSTRAINT "sweep_parts_sweep_id_fkey" FOREIGN KEY ("sweep_id") REFERENCES "reminders"."sweeps"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- From here on, by hand: what the schema language cannot say.

-- At most one sweep is being planned in parts; whoever sweeps next finishes it first.
CREATE UNIQUE INDEX "sweeps_planning_once" ON "reminders"."sweeps"("state") WHERE "state" = 'planning';

ALTER TABLE "reminders"."sweeps"
    DROP CONSTRAINT "sweeps_state_check",
    ADD CONSTRAINT "sweeps_state_check" CHECK ("state" IN ('planning', 'planned', 'held', 'approved', 'discarded', 'abandoned'));

ALTER TABLE "reminders"."sweep_parts"
    ADD CONSTRAINT "sweep_parts_state_check" CHECK ("state" IN ('open', 'planned')),
    ADD CONSTRAINT "sweep_parts_counts_check" CHECK (("state" = 'open') = ("counts" IS NULL));

-- What `status` and the alarms count: the mails of one day, and those that failed, without a look at all the others.
CREATE INDEX "sweeps_held_idx" ON "reminders"."sweeps"("started_at") WHERE "state" = 'held';
CREATE INDEX "mails_sent_idx" ON "reminders"."mails"("sent_at") WHERE "state" = 'sent';
CREATE INDEX "mails_failed_idx" ON "reminders"."mails"("deadline") WHERE "state" = 'failed' OR "reason" = 'too-late';

UPDATE "reminders"."suppressions" SET "listed_at" = "created_at";

ALTER TABLE "reminders"."suppressions"
    DROP CONSTRAINT "suppressions_reason_check",
    ADD CONSTRAINT "suppressions_reason_check" CHECK ("reason" IN ('recipient-refused', 'bounced', 'complaint', 'manual')),
    ADD CONSTRAINT "suppressions_scope_check" CHECK ("scope" IN ('all', 'warnings'));

ALTER TABLE "reminders"."reports"
    ADD CONSTRAINT "reports_kind_check" CHECK ("kind" IN ('failed', 'delayed', 'complaint', 'other')),
    ADD CONSTRAINT "reports_source_check" CHECK ("source" IN ('mailbox', 'webhook')),
    -- An address kept by mistake in place of its hash would be refused.
    ADD CONSTRAINT "reports_address_hash_check" CHECK ("address_hash" ~ '^[0-9a-f]{64}$');

-- `build`: a mail that could not be written never came to the dialogue.
ALTER TABLE "reminders"."attempts"
    DROP CONSTRAINT "attempts_stage_check",
    ADD CONSTRAINT "attempts_stage_check" CHECK ("stage" IN ('build', 'connect', 'tls', 'auth', 'mail', 'rcpt', 'data', 'final'));
