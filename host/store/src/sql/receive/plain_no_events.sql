), fresh AS MATERIALIZED (
    SELECT i.*, k.id AS known_id, k.display_name AS known_name, k.user_id AS known_user_id
    FROM admitted i
    LEFT JOIN contacts k ON k.organization_id = i.organization_id AND k.channel_id = i.channel_id
        AND k.platform_user_id = i.platform_user_id
