-- AlterTable
ALTER TABLE "reminders"."suppressions" DROP CONSTRAINT "suppressions_pkey",
ADD COLUMN     "id" BIGSERIAL NOT NULL,
ADD CONSTRAINT "suppressions_pkey" PRIMARY KEY ("id");

-- AlterTable
ALTER TABLE "reminders"."unsubscriptions" DROP CONSTRAINT "unsubscriptions_pkey",
ADD COLUMN     "id" BIGSERIAL NOT NULL,
ALTER COLUMN "contact_id" DROP NOT NULL,
ADD COLUMN     "address_hash" TEXT,
ADD COLUMN     "lifted_at" TIMESTAMPTZ(3),
ADD COLUMN     "reach" TEXT NOT NULL DEFAULT 'account',
ADD COLUMN     "scope" TEXT NOT NULL DEFAULT 'all',
ADD COLUMN     "source" TEXT NOT NULL DEFAULT 'link',
ADD CONSTRAINT "unsubscriptions_pkey" PRIMARY KEY ("id");

-- CreateIndex
CREATE INDEX "unsubscriptions_address_hash_idx" ON "reminders"."unsubscriptions"("address_hash");

-- From here on, by hand: what the schema language cannot say.

ALTER TABLE "reminders"."unsubscriptions"
    ADD CONSTRAINT "unsubscriptions_scope_check" CHECK ("scope" IN ('all', 'warnings')),
    ADD CONSTRAINT "unsubscriptions_reach_check" CHECK ("reach" IN ('address', 'account')),
    ADD CONSTRAINT "unsubscriptions_source_check" CHECK ("source" IN ('link', 'one-click', 'page', 'mail')),
    ADD CONSTRAINT "unsubscriptions_address_hash_check" CHECK ("address_hash" ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT "unsubscriptions_whose_check" CHECK ("contact_id" IS NOT NULL OR "address_hash" IS NOT NULL);

-- A wish stands once; NULLS NOT DISTINCT is of PostgreSQL 15 and later.
CREATE UNIQUE INDEX "unsubscriptions_once" ON "reminders"."unsubscriptions"("account_id", (coalesce("contact_id", '')), (coalesce("address_hash", '')));

-- Of an address, one row for what its owner asked, which the owner may take back; and one for all else, which stays then.
-- The only unique index of its columns: where two write one address at once, ON CONFLICT waits by the index that it names
-- and fails by any other.
CREATE UNIQUE INDEX "suppressions_once" ON "reminders"."suppressions"("address_hash", ("reason" = 'unsubscribed'));

ALTER TABLE "reminders"."suppressions"
    DROP CONSTRAINT "suppressions_reason_check",
    ADD CONSTRAINT "suppressions_reason_check" CHECK ("reason" IN ('recipient-refused', 'bounced', 'complaint', 'manual', 'unsubscribed'));

ALTER TABLE "reminders"."mails"
    DROP CONSTRAINT "mails_category_check",
    ADD CONSTRAINT "mails_category_check" CHECK ("category" IN ('warning', 'expired', 'correction'));

-- Notices of expiries that are still news: a correction looks among them for those that have moved.
CREATE INDEX "notices_told_idx" ON "reminders"."notices"("expires_at") INCLUDE ("grant_id") WHERE "state" = 'sent';
