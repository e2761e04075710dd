-- The lines of risk/status.py, as one document.
select coalesce(jsonb_agg(row_to_json(x)), '[]'::jsonb)::text as lines from (
{include:standing_lines}
) x
