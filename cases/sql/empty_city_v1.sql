-- Empties a demo city: everything but what a new city starts from (levels, roles, catalogue, sources) and the people.
-- The guards of the history and of the looks at callers are lifted for this statement alone; the ORM has no TRUNCATE, and
-- deleting 60,000 histories is refused by them anyway. Grids go by DELETE, because people refer to them.
ALTER TABLE cases_caseevent DISABLE TRIGGER history_is_not_emptied;
ALTER TABLE cases_callerlook DISABLE TRIGGER looks_are_not_emptied;
TRUNCATE
    cases_appeal, cases_appealpaper, cases_appealreview, cases_spotdraw, cases_spotcheck, cases_spotfinding, cases_correctionline, cases_correctionmonth,
    cases_casefacts, cases_department, cases_factsmark, cases_ranking, cases_rankingentry,
    cases_opinion, cases_releasedphoto, cases_follower, cases_publicuse, cases_notice, cases_award,
    cases_exchangenews, cases_passedup, cases_openrequest,
    cases_daytally, cases_tallychange, cases_patrolorder, cases_patrolordercell,
    cases_ledgerentry, cases_ledgerserial, cases_ledgermark,
    cases_commitment, cases_planstep, cases_participant, cases_meeting, cases_coordination, cases_casepart,
    cases_cellvisit, cases_trackflag, cases_patrolrecord, cases_trackpoint, cases_trackdevice,
    cases_handover, cases_handovershare, cases_precedent, cases_message, cases_message_cases, cases_callerlook, cases_outgoing, cases_caller, cases_classmodel, cases_caseevent, cases_historyseal, cases_caseclock, cases_casephoto, cases_case, cases_caseserial,
    cells_plan, cells_plancell, cells_plangrid, cells_planedit, cells_planstep, cells_planremark, cells_celldescent, cells_posting, cells_postholder, cells_post, cells_dutyshift, cells_team,
    cells_component, cells_population, cells_cellversion, cells_cell, cells_dividedcommunity, cells_gridversion,
    cells_edition, cells_street, cells_water, cells_green, cells_building, cells_place;
ALTER TABLE cases_caseevent ENABLE TRIGGER history_is_not_emptied;
ALTER TABLE cases_callerlook ENABLE TRIGGER looks_are_not_emptied;
-- Without its territory a token or a subscription would be one of the whole city: it is out of use.
UPDATE cases_apitoken SET territory_id = NULL, is_active = false WHERE territory_id IS NOT NULL;
UPDATE cases_hooksubscription SET territory_id = NULL, is_active = false WHERE territory_id IS NOT NULL;
UPDATE cells_person SET territory_id = NULL WHERE territory_id IS NOT NULL;
DELETE FROM cells_grid
