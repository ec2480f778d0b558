), advanced AS (
    UPDATE conversations c
    SET enqueued = c.enqueued + 1, completed = c.completed + 1, last_message_at = now()
    FROM admitted i
    WHERE c.organization_id = i.organization_id AND c.id = i.conversation_id
    RETURNING i.*, now() - i.waited_micros * interval '1 microsecond' AS sent_at
