DROP INDEX audit_user_idx, audit_action_idx, members_user_idx;
