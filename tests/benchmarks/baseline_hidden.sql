-- Belongs here: which cells others hide (docs/decisions/0060-nothing-below-the-floor-can-be-worked-out.md).

-- members of one dimension with few answers, and the smallest others while these have few together, or all said the same:
-- in the periods, and in the windows before them
create temp table windows as
with found as (
    select * exclude (bp, bpa, bd, bn), false as is_before from cells
    union all
    select * exclude (p, pa, d, n, bp, bpa, bd, bn), bp, bpa, bd, bn, true from beside_before where bn > 0
),
bounded as (
    select found.*, if(is_before, previous_start, period_start) as ws, if(is_before, period_start, period_end) as we
    from found join periods using (period_grain, period_start, period_end)
),
whole as (select distinct *, true as is_undivided from undivided)
-- a window that begins or ends where its cell must not be divided counts among those with few
select b.* exclude (ws, we),
    n < 5 or (measure = 'in_period' and (coalesce(f.is_undivided, false) or coalesce(l.is_undivided, false))) as is_few
from bounded as b
left join whole as f on f.day = ws and (f.survey_type, f.customer_value_tier, f.journey_stage, f.branch, f.region, f.plan, f.channel)
    = (b.survey_type, b.customer_value_tier, b.journey_stage, b.branch, b.region, b.plan, b.channel)
left join whole as l on l.day = we and (l.survey_type, l.customer_value_tier, l.journey_stage, l.branch, l.region, l.plan, l.channel)
    = (b.survey_type, b.customer_value_tier, b.journey_stage, b.branch, b.region, b.plan, b.channel);

create temp table single_cells as
with sides as (
    select *, unnest(['customer_value_tier', 'journey_stage', 'branch', 'region', 'plan', 'channel']) as side,
        unnest([customer_value_tier, journey_stage, branch, region, plan, channel]) as member,
        (customer_value_tier <> '(all)')::int + (journey_stage <> '(all)')::int + (branch <> '(all)')::int
            + (region <> '(all)')::int + (plan <> '(all)')::int + (channel <> '(all)')::int as sides
    from windows
)
select * exclude (sides), is_few or (bool_or(is_few) over family
    and (sum(n) over smaller < 5 or greatest(sum(p) over smaller, sum(pa) over smaller, sum(d) over smaller) = sum(n) over smaller)
) as is_hidden
from sides where sides = 1 and member <> '(all)'
window family as (partition by is_before, survey_type, measure, period_grain, period_start, period_end, side),
smaller as (family order by is_few desc, n, md5(member) rows between unbounded preceding and 1 preceding);

-- of two dimensions: branches are rows; of those that are not shown only the sum is known
create temp table crossed as
with placed as (
    select *, if(branch <> '(all)', 'branch', 'customer_value_tier') as row_side,
        if(journey_stage <> '(all)', 'journey_stage', 'customer_value_tier') as column_side,
        if(branch <> '(all)', branch, customer_value_tier) as r, if(journey_stage <> '(all)', journey_stage, customer_value_tier) as c
    from windows
    where region = '(all)' and plan = '(all)' and channel = '(all)'
        and (customer_value_tier <> '(all)')::int + (journey_stage <> '(all)')::int + (branch <> '(all)')::int = 2
),
lined as (
    select placed.* replace (if(rm.is_hidden, '(hidden)', r) as r, if(cm.is_hidden, '(hidden)', c) as c),
        {'b': is_before, 't': survey_type, 'm': measure, 'g': period_grain, 's': period_start, 'e': period_end,
            'r': row_side, 'c': column_side} as tab
    from placed
    join (select is_before, survey_type, measure, period_grain, period_start, period_end, side as row_side, member as r, is_hidden
        from single_cells) as rm using (is_before, survey_type, measure, period_grain, period_start, period_end, row_side, r)
    join (select is_before, survey_type, measure, period_grain, period_start, period_end, side as column_side, member as c, is_hidden
        from single_cells) as cm using (is_before, survey_type, measure, period_grain, period_start, period_end, column_side, c)
),
in_rows as (
    select *, is_few or (bool_or(is_few) over line
        and (sum(n) over smaller < 5 or greatest(sum(p) over smaller, sum(pa) over smaller, sum(d) over smaller) = sum(n) over smaller)
    ) as in_row
    from lined
    window line as (partition by tab, r), smaller as (line order by is_few desc, n, md5(customer_value_tier), md5(journey_stage), md5(branch)
        rows between unbounded preceding and 1 preceding)
),
in_lines as (
    select *, in_row or (bool_or(in_row) over line
        and (sum(n) over smaller < 5 or greatest(sum(p) over smaller, sum(pa) over smaller, sum(d) over smaller) = sum(n) over smaller)
    ) as is_hidden
    from in_rows
    window line as (partition by tab, c), smaller as (line order by in_row desc, n, md5(customer_value_tier), md5(journey_stage), md5(branch)
        rows between unbounded preceding and 1 preceding)
)
select *, row_number() over (partition by tab, r, c order by is_hidden desc, n, md5(customer_value_tier), md5(journey_stage), md5(branch)) as place
from in_lines;

-- a cell with few answers at no corner of a rectangle of hidden ones gets the one that hides the fewest answers
create temp table rectangles as
with spots as (
    select tab, r, c, bool_or(is_hidden) as is_hidden, count_if(is_hidden) as hidden, if(bool_or(is_hidden), 0, min(n)) as lost,
        bool_or(is_few) as has_few
    from crossed group by tab, r, c
),
whole as (
    select tab, r, list(c) filter (is_hidden) as hidden_columns from spots group by tab, r
),
exposed as (
    select tab, r, c from spots
    where has_few and hidden = 1 and not exists (
        from whole as mine join whole as other on mine.tab = other.tab and mine.r <> other.r
        where mine.tab = spots.tab and mine.r = spots.r and list_contains(other.hidden_columns, spots.c)
            and len(list_intersect(mine.hidden_columns, other.hidden_columns)) > 1
    )
),
found as (
    select e.tab, e.r, e.c, b.r as other_r, a.c as other_c
    from exposed as e join spots as a on a.tab = e.tab and a.r = e.r and a.c <> e.c
    join spots as b on b.tab = e.tab and b.c = e.c and b.r <> e.r join spots as o on o.tab = e.tab and o.r = b.r and o.c = a.c
    qualify row_number() over (partition by e.tab, e.r, e.c order by a.lost + b.lost + o.lost, md5(a.c), md5(b.r)) = 1
)
select distinct tab, unnest([r, other_r, other_r]) as r, unnest([other_c, c, other_c]) as c, 1 as place from found;

create temp table hidden as
select survey_type, measure, period_grain, period_start, period_end,
    customer_value_tier, journey_stage, branch, region, plan, channel, is_before
from windows where is_few and n >= 5
union
select survey_type, measure, period_grain, period_start, period_end,
    customer_value_tier, journey_stage, branch, region, plan, channel, is_before
from single_cells where is_hidden and n >= 5
union
select survey_type, measure, period_grain, period_start, period_end,
    customer_value_tier, journey_stage, branch, region, plan, channel, is_before
from crossed left join (select *, true as is_taken from rectangles) using (tab, r, c, place) where n >= 5 and (is_hidden or is_taken);
