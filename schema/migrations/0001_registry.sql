-- STRICT, WITHOUT ROWID and CHECK are written by hand: drizzle-kit does not emit them.
CREATE TABLE `audit` (
	`id` integer PRIMARY KEY NOT NULL,
	`at` integer NOT NULL,
	`actor` text NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	`detail` text NOT NULL
) STRICT;
--> statement-breakpoint
CREATE TABLE `nonces` (
	`key` text NOT NULL,
	`nonce` text NOT NULL,
	`expires` integer NOT NULL,
	`attempt` text NOT NULL,
	PRIMARY KEY(`key`, `nonce`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `reports` (
	`network` text NOT NULL,
	`address` text NOT NULL,
	`vantage` text NOT NULL,
	`state` text NOT NULL CHECK (`state` IN ('good', 'lapsed')),
	`reason` text,
	`services` text NOT NULL,
	`version` integer NOT NULL,
	`agent` text NOT NULL,
	`height` integer NOT NULL,
	`since` integer NOT NULL,
	`seen` integer NOT NULL,
	`reliability` text NOT NULL,
	`print` text NOT NULL,
	PRIMARY KEY(`network`, `address`, `vantage`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `snapshot_parts` (
	`network` text NOT NULL,
	`seq` integer NOT NULL,
	`part` integer NOT NULL,
	`text` text NOT NULL,
	PRIMARY KEY(`network`, `seq`, `part`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `snapshots` (
	`network` text NOT NULL,
	`seq` integer NOT NULL,
	`created` integer NOT NULL,
	`digest` text NOT NULL,
	`previous` text,
	`peers` integer NOT NULL,
	`keyid` text NOT NULL,
	`signature` text NOT NULL,
	`basis` integer NOT NULL,
	`due` integer NOT NULL,
	`put` integer,
	PRIMARY KEY(`network`, `seq`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `streams` (
	`network` text NOT NULL,
	`vantage` text NOT NULL,
	`run` text NOT NULL,
	`seq` integer NOT NULL,
	`digest` text NOT NULL,
	`good` integer NOT NULL,
	`lapsed` integer NOT NULL,
	`pushed` integer NOT NULL,
	`revision` integer NOT NULL,
	`minute` integer NOT NULL,
	`pushes` integer NOT NULL,
	PRIMARY KEY(`network`, `vantage`)
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `vantages` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`key` text NOT NULL,
	`networks` text NOT NULL,
	`enrolled` integer NOT NULL,
	`disabled` integer
) STRICT, WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX `vantages_name` ON `vantages` (`name`);
