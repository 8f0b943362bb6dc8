-- What a mail said, as it was handed over; and what is kept of the days whose rows are removed.
-- A version of before works with these tables there: it neither reads nor writes them.

CREATE TABLE "reminders"."mail_copies" (
    "mail_id" UUID NOT NULL,
    "attempt" INTEGER NOT NULL,
    "source_hash" TEXT NOT NULL,
    "source_bytes" INTEGER NOT NULL,
    "source" BYTEA,
    "dictionary_id" INTEGER,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "mail_copies_pkey" PRIMARY KEY ("mail_id","attempt")
);

CREATE TABLE "reminders"."mail_dictionaries" (
    "id" SERIAL NOT NULL,
    "hash" TEXT NOT NULL,
    "content" BYTEA NOT NULL,

    CONSTRAINT "mail_dictionaries_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "reminders"."daily_totals" (
    "day" DATE NOT NULL,
    "category" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "mails" INTEGER NOT NULL,
    "notices" INTEGER NOT NULL,

    CONSTRAINT "daily_totals_pkey" PRIMARY KEY ("day","category","state","reason")
);

CREATE TABLE "reminders"."clearings" (
    "day" DATE NOT NULL,
    "finished_at" TIMESTAMPTZ(3),
    "removed_before" TIMESTAMPTZ(3),
    "copies" INTEGER NOT NULL,
    "mails" INTEGER NOT NULL,
    "decisions" INTEGER NOT NULL,
    "sweeps" INTEGER NOT NULL,

    CONSTRAINT "clearings_pkey" PRIMARY KEY ("day")
);

-- AlterTable
ALTER TABLE "reminders"."sweeps" ADD COLUMN "removed_mails" INTEGER NOT NULL DEFAULT 0;

CREATE UNIQUE INDEX "mail_dictionaries_hash_key" ON "reminders"."mail_dictionaries"("hash");

ALTER TABLE "reminders"."mail_copies" ADD CONSTRAINT "mail_copies_mail_id_fkey" FOREIGN KEY ("mail_id") REFERENCES "reminders"."mails"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What stood on these rows before: for the question what held at an earlier time.
ALTER TABLE "reminders"."suppressions" ADD COLUMN "former" JSONB NOT NULL DEFAULT '[]';
ALTER TABLE "reminders"."unsubscriptions" ADD COLUMN "former" JSONB NOT NULL DEFAULT '[]';

-- What Prisma's schema language cannot say.

-- What the nightly clearing looks for: copies whose time is over.
CREATE INDEX "mail_copies_kept_idx" ON "reminders"."mail_copies"("at") WHERE "source" IS NOT NULL;

-- It is compressed already; the database would try in vain.
ALTER TABLE "reminders"."mail_copies" ALTER COLUMN "source" SET STORAGE EXTERNAL;

ALTER TABLE "reminders"."mail_copies"
    ADD CONSTRAINT "mail_copies_source_hash_check" CHECK ("source_hash" ~ '^[0-9a-f]{64}$'),
    ADD CONSTRAINT "mail_copies_numbers_check" CHECK ("attempt" >= 0 AND "source_bytes" >= 0);

ALTER TABLE "reminders"."daily_totals"
    ADD CONSTRAINT "daily_totals_counts_check" CHECK ("mails" >= 0 AND "notices" >= 0);
