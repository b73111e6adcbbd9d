-- Whoever takes a number is in a transaction that snapshots know already. So once all those have ended that
-- were under way when a number was seen, no smaller one can come any more: see adapters/audit-trail.ts.
-- That of the transaction itself does not tell: an older one may take a later number. `written_in` is there
-- for the version before this one only.
CREATE FUNCTION be_a_transaction() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_current_xact_id();
  RETURN NULL;
END $$;
CREATE TRIGGER be_a_transaction BEFORE INSERT ON audit FOR EACH STATEMENT EXECUTE FUNCTION be_a_transaction();
