-- Until when a code was allowed what it is for: its own, although the answer that is remembered of its client may be given
-- again, for another time, before the code is redeemed.
ALTER TABLE codes ADD COLUMN answer_ends TIMESTAMPTZ;
