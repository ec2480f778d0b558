-- When an agent was last started: whoever listens for it begins anew then.
ALTER TABLE agents ADD COLUMN started_at timestamptz;
