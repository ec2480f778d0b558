DROP TABLE leases, agent_log, deliveries, schedules, state, turns, messages, inbound_events, conversations, contacts,
    hosts, channels, grants, agent_modules, agents, modules, members, projects, tokens, users, organizations;
