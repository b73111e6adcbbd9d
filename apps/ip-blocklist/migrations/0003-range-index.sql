-- Single addresses and nested networks hardly overlap: SP-GiST splits them where GiST has to choose
-- among boxes. Measured: adding 100,000 entries takes 4.4 to 5.8 s instead of 6.6 s, and among 510,000
-- 1,000 ranges are looked up in 23 ms instead of 63 ms.
DROP INDEX entries_by_range;
CREATE INDEX entries_by_range ON entries USING spgist (range) WHERE ended_at IS NULL;
