-- The policy of the day has another initial value, floor or ceiling: every score follows.
update risk_score s
set score = least(greatest(%(initial)s + s.points, %(floor)s), %(ceiling)s)
where {scope:s} and s.score <> least(greatest(%(initial)s + s.points, %(floor)s), %(ceiling)s)
