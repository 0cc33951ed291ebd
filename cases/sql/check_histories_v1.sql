-- Runs the promises about histories that wait for the commit: in an import they are kept block by block, so that what
-- waits never grows.
SET CONSTRAINTS stage_is_last_line, last_line_is_stage IMMEDIATE;
SET CONSTRAINTS stage_is_last_line, last_line_is_stage DEFERRED
