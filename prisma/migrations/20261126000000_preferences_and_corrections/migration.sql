-- AlterTable
ALTER TABLE "reminders"."unsubscriptions" ADD COLUMN     "address_hash" TEXT,
ADD COLUMN     "lifted_at" TIMESTAMPTZ(3),
ADD COLUMN     "scope" TEXT NOT NULL DEFAULT 'all',
ADD COLUMN     "source" TEXT NOT NULL DEFAULT 'link';

-- CreateIndex
CREATE INDEX "unsubscriptions_address_hash_idx" ON "reminders"."unsubscriptions"("address_hash");

-- From here on, by hand: what the schema language cannot say.

ALTER TABLE "reminders"."unsubscriptions"
    ADD CONSTRAINT "unsubscriptions_scope_check" CHECK ("scope" IN ('all', 'warnings')),
    ADD CONSTRAINT "unsubscriptions_source_check" CHECK ("source" IN ('link', 'one-click', 'page', 'mail')),
    ADD CONSTRAINT "unsubscriptions_address_hash_check" CHECK ("address_hash" ~ '^[0-9a-f]{64}$');

ALTER TABLE "reminders"."suppressions"
    DROP CONSTRAINT "suppressions_reason_check",
    ADD CONSTRAINT "suppressions_reason_check" CHECK ("reason" IN ('recipient-refused', 'bounced', 'complaint', 'manual', 'unsubscribed'));

ALTER TABLE "reminders"."mails"
    DROP CONSTRAINT "mails_category_check",
    ADD CONSTRAINT "mails_category_check" CHECK ("category" IN ('warning', 'expired', 'correction'));

-- Notices of expiries that are still news: a correction looks among them for those that have moved.
CREATE INDEX "notices_told_idx" ON "reminders"."notices"("expires_at") WHERE "state" = 'sent';
