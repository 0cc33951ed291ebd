-- The lock of the book, until the transaction ends: at once or not at all, or waiting for it.
SELECT CASE WHEN %(wait)s THEN pg_advisory_xact_lock(hashtext('cases_daytally')) IS NOT NULL
            ELSE pg_try_advisory_xact_lock(hashtext('cases_daytally')) END
