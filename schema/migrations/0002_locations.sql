ALTER TABLE `reports` ADD `asn` integer;--> statement-breakpoint
ALTER TABLE `reports` ADD `country` text;--> statement-breakpoint
ALTER TABLE `reports` ADD `coordinates` text;--> statement-breakpoint
ALTER TABLE `reports` ADD `uptime` integer;