-- Records are numbered when they are written and seen when they are committed, which may be in another
-- order. Who follows the trail gets one only when none with a lower number can come any more.
ALTER TABLE audit ADD COLUMN written_in xid8 NOT NULL DEFAULT pg_current_xact_id();
