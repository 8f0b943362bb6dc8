-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "reminders";

-- CreateTable
CREATE TABLE "reminders"."sweeps" (
    "id" TEXT NOT NULL,
    "as_of" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL,
    "held_because" TEXT,
    "rules_hash" TEXT NOT NULL,
    "examined" INTEGER NOT NULL,
    "emails" INTEGER NOT NULL,
    "notices" INTEGER NOT NULL,
    "skipped" JSONB NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3) NOT NULL,
    "decided_at" TIMESTAMPTZ(3),

    CONSTRAINT "sweeps_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reminders"."rule_sets" (
    "hash" TEXT NOT NULL,
    "document" JSONB NOT NULL,
    "first_used" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "rule_sets_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "reminders"."mails" (
    "id" UUID NOT NULL,
    "sweep_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "contact_id" TEXT NOT NULL,
    "category" TEXT NOT NULL,
    "to_address" TEXT NOT NULL,
    "address_hash" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "time_zone" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "uncertain" BOOLEAN NOT NULL DEFAULT false,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "next_attempt_at" TIMESTAMPTZ(3) NOT NULL,
    "batch_id" UUID,
    "deadline" TIMESTAMPTZ(3) NOT NULL,
    "claimed_by" TEXT,
    "claimed_at" TIMESTAMPTZ(3),
    "handed_over_at" TIMESTAMPTZ(3),
    "message_id" TEXT NOT NULL,
    "sent_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "mails_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reminders"."notices" (
    "id" BIGSERIAL NOT NULL,
    "mail_id" UUID NOT NULL,
    "grant_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "contact_id" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "stage" TEXT NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "unit" TEXT NOT NULL,
    "amount" DECIMAL NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "settled_at" TIMESTAMPTZ(3),

    CONSTRAINT "notices_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reminders"."attempts" (
    "id" BIGSERIAL NOT NULL,
    "mail_id" UUID NOT NULL,
    "number" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "outcome" TEXT NOT NULL,
    "stage" TEXT NOT NULL,
    "reply_code" INTEGER,
    "enhanced_code" TEXT,
    "reply" TEXT NOT NULL,

    CONSTRAINT "attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reminders"."decisions" (
    "id" BIGSERIAL NOT NULL,
    "sweep_id" TEXT NOT NULL,
    "grant_id" TEXT NOT NULL,
    "as_of" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "reason" TEXT NOT NULL,
    "detail" TEXT,

    CONSTRAINT "decisions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reminders"."suppressions" (
    "address_hash" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "suppressions_pkey" PRIMARY KEY ("address_hash")
);

-- CreateTable
CREATE TABLE "reminders"."unsubscriptions" (
    "contact_id" TEXT NOT NULL,
    "account_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "unsubscriptions_pkey" PRIMARY KEY ("contact_id","account_id")
);

-- CreateIndex
CREATE INDEX "sweeps_as_of_idx" ON "reminders"."sweeps"("as_of");

-- CreateIndex
CREATE INDEX "mails_sweep_id_id_idx" ON "reminders"."mails"("sweep_id", "id");

-- CreateIndex
CREATE INDEX "mails_account_id_idx" ON "reminders"."mails"("account_id");

-- CreateIndex
CREATE INDEX "mails_address_hash_idx" ON "reminders"."mails"("address_hash");

-- CreateIndex
CREATE INDEX "notices_mail_id_idx" ON "reminders"."notices"("mail_id");

-- CreateIndex
CREATE INDEX "notices_grant_id_idx" ON "reminders"."notices"("grant_id");

-- CreateIndex
CREATE INDEX "attempts_mail_id_idx" ON "reminders"."attempts"("mail_id");

-- CreateIndex
CREATE INDEX "decisions_grant_id_id_idx" ON "reminders"."decisions"("grant_id", "id" DESC);

-- AddForeignKey
ALTER TABLE "reminders"."sweeps" ADD CONSTRAINT "sweeps_rules_hash_fkey" FOREIGN KEY ("rules_hash") REFERENCES "reminders"."rule_sets"("hash") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reminders"."mails" ADD CONSTRAINT "mails_sweep_id_fkey" FOREIGN KEY ("sweep_id") REFERENCES "reminders"."sweeps"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reminders"."notices" ADD CONSTRAINT "notices_mail_id_fkey" FOREIGN KEY ("mail_id") REFERENCES "reminders"."mails"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "reminders"."attempts" ADD CONSTRAINT "attempts_mail_id_fkey" FOREIGN KEY ("mail_id") REFERENCES "reminders"."mails"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- From here on, by hand: what the schema language cannot say.

-- A notice is unique on (grant, contact, expiry instant, stage): nobody is told the same thing twice, whatever runs at
-- once. A dropped one was never told, and may be planned again.
CREATE UNIQUE INDEX "notices_once" ON "reminders"."notices"("grant_id", "contact_id", "expires_at", "stage") WHERE "state" <> 'dropped';

-- Mails that wait for their first or next attempt, and mails in somebody's hands. The delivered ones, which are nearly
-- all, are in neither.
CREATE INDEX "mails_waiting_idx" ON "reminders"."mails"("next_attempt_at", "id") WHERE "state" = 'queued';
CREATE INDEX "mails_in_hand_idx" ON "reminders"."mails"("claimed_at") WHERE "state" = 'sending';

ALTER TABLE "reminders"."sweeps"
    ADD CONSTRAINT "sweeps_state_check" CHECK ("state" IN ('planned', 'held', 'approved', 'discarded')),
    ADD CONSTRAINT "sweeps_held_because_check" CHECK ("state" <> 'held' OR "held_because" IS NOT NULL),
    ADD CONSTRAINT "sweeps_counts_check" CHECK ("examined" >= 0 AND "emails" >= 0 AND "notices" >= 0);

ALTER TABLE "reminders"."mails"
    ADD CONSTRAINT "mails_category_check" CHECK ("category" IN ('warning', 'expired')),
    ADD CONSTRAINT "mails_state_check" CHECK ("state" IN ('held', 'queued', 'sending', 'sent', 'failed', 'cancelled', 'discarded')),
    -- A mail that is being sent names who has it, or nobody could take it back from the dead.
    ADD CONSTRAINT "mails_claim_check" CHECK ("state" <> 'sending' OR ("claimed_by" IS NOT NULL AND "claimed_at" IS NOT NULL)),
    ADD CONSTRAINT "mails_handed_over_check" CHECK ("handed_over_at" IS NULL OR "state" = 'sending'),
    -- The daily limit of an address counts by this time.
    ADD CONSTRAINT "mails_sent_at_check" CHECK ("state" <> 'sent' OR "sent_at" IS NOT NULL),
    ADD CONSTRAINT "mails_reason_check" CHECK ("state" NOT IN ('failed', 'cancelled') OR "reason" IS NOT NULL),
    ADD CONSTRAINT "mails_attempts_check" CHECK ("attempts" >= 0);

ALTER TABLE "reminders"."notices"
    ADD CONSTRAINT "notices_state_check" CHECK ("state" IN ('planned', 'sent', 'dropped', 'failed', 'discarded')),
    -- `explain` tells by it how the notice stood at an earlier time.
    ADD CONSTRAINT "notices_settled_at_check" CHECK (("state" = 'planned') = ("settled_at" IS NULL)),
    ADD CONSTRAINT "notices_reason_check" CHECK ("state" NOT IN ('dropped', 'failed') OR "reason" IS NOT NULL),
    -- Postgres sorts NaN above Infinity: the upper bound keeps out both.
    ADD CONSTRAINT "notices_amount_check" CHECK ("amount" >= 0 AND "amount" < 'Infinity');

ALTER TABLE "reminders"."attempts"
    ADD CONSTRAINT "attempts_outcome_check" CHECK ("outcome" IN ('sent', 'deferred', 'failed', 'uncertain', 'refused-us')),
    ADD CONSTRAINT "attempts_stage_check" CHECK ("stage" IN ('connect', 'tls', 'auth', 'mail', 'rcpt', 'data', 'final')),
    -- 0: a refusal of us, which burns none of the mail's attempts.
    ADD CONSTRAINT "attempts_number_check" CHECK ("number" >= 0);

ALTER TABLE "reminders"."suppressions"
    ADD CONSTRAINT "suppressions_reason_check" CHECK ("reason" IN ('recipient-refused', 'manual')),
    -- An address kept by mistake in place of its hash would be refused.
    ADD CONSTRAINT "suppressions_address_hash_check" CHECK ("address_hash" ~ '^[0-9a-f]{64}$');
