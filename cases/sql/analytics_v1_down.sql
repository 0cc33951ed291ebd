-- Takes back analytics_v1. The role stays: it belongs to the whole server.
DROP SCHEMA IF EXISTS analytics CASCADE;
