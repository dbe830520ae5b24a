-- Until when a device was allowed what it asked for: its own, although the answer that is remembered of its client may be
-- given again, for another time, before the device fetches anything.
ALTER TABLE device_codes ADD COLUMN answer_ends TIMESTAMPTZ;
