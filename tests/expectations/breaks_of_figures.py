"""What can go wrong in marts and published tables that the recount must name, one thing at a time."""

from __future__ import annotations

SCORES = "publication.nps_scores"
ANSWERS = "marts.fct_survey_responses"
CARDS = "publication.branch_scorecards"
BRIDGE = "publication.nps_bridge"
CHANGES = "publication.nps_changes_explained"
CHANGED = "nps_change is not null and segment = 'region'"
INVITED, STANDINGS = "marts.fct_survey_invitations", "marts.fct_account_standings"
REVENUE = "trailing_revenue_amount"
HIDDEN = "reportability = 'suppressed_for_others'"
ONE = f"(select min(answer_key) from {ANSWERS} where is_counted)"

# what someone did, and the column that differs then
BREAKS = [
    (f"update {SCORES} set nps_low = nps_low + 1e-6 where segment = 'branch'", "nps_low"),
    (f"update {SCORES} set promoters = promoters + 1, passives = passives - 1", "promoters"),
    (f"update {SCORES} set nps_standard_error = 2 where nps_standard_error > 0", "nps_standard_error"),
    (f"update {SCORES} set change_p_value = change_p_value / 2", "change_p_value"),
    (f"update {SCORES} set change_q_value = change_p_value", "change_q_value"),
    (f"update {SCORES} set change_z = -change_z", "change_z"),
    (f"update {SCORES} set nps_change = 0 where responses < 5", "nps_change"),
    (f"update {SCORES} set reportability = null where responses > 99", "reportability"),
    (f"delete from {SCORES} where period_grain = 'year' and segment = 'plan'", "responses"),
    (f"delete from {SCORES} where measure = 'current_state'", "responses"),
    (
        f"insert into {SCORES} by name select * replace (date '2031-01-01' as period_end)"
        f" from {SCORES} where period_grain = 'year'",
        "responses",
    ),
    # which figures there are, of which period, and what they are split by
    (f"update {SCORES} set region = 'North' where segment = 'company'", "responses"),
    (f"update {SCORES} set segment = 'colour' where segment = 'plan'", "responses"),
    (f"update {SCORES} set measure = 'current_state' where period_grain = 'month'", "responses"),
    (
        f"update {SCORES} set period_start = period_start + 1 where period_grain = 'trailing_90d'",
        "responses",
    ),
    (f"delete from {SCORES} where segment = 'branch' and branch = 'B1'", "responses"),
    (f"delete from {SCORES} where period_grain = 'quarter'", "responses"),
    (
        f"delete from {SCORES} where period_grain = 'trailing_365d' and period_end = date '2026-03-01'",
        "responses",
    ),
    # one measure blended into the other
    (
        f"update {SCORES} as states set responses = periods.responses, passives = periods.passives"
        f" from {SCORES} as periods where states.measure = 'current_state'"
        " and periods.measure = 'in_period' and states.segment = 'company'"
        " and periods.segment = 'company' and states.survey_type = periods.survey_type"
        " and states.period_start = periods.period_start and states.period_end = periods.period_end",
        "responses",
    ),
    # the standard error scaled by 100 where it is 100 outside the root: R's NPS, nps.100
    (f"update {SCORES} set nps_high = nps + (nps_high - nps) / 10", "nps_high"),
    # below a floor
    (f"update {SCORES} set promoters = 1 where responses < 5", "promoters"),
    # lest others follow
    (f"update {SCORES} set detractors = 0 where {HIDDEN}", "detractors"),
    (f"update {SCORES} set reportability = 'interval_only' where {HIDDEN}", "reportability"),
    (f"update {SCORES} set passives = 3 where {HIDDEN} and segment = 'branch*journey_stage'", "passives"),
    (f"update {SCORES} set nps_low = 1 where {HIDDEN} and measure = 'current_state'", "nps_low"),
    (f"update {SCORES} set nps = 10 where responses between 5 and 29", "nps"),
    (
        f"update {SCORES} set nps_standard_error = 3 where responses between 5 and 29",
        "nps_standard_error",
    ),
    (f"update {SCORES} set change_z = 1 where responses < 30", "change_z"),
    (f"update {SCORES} set post_stratified_nps = 0 where responses < 5", "post_stratified_nps"),
    (f"update {SCORES} set nps = null where responses between 30 and 99", "nps"),
    # a change of the period before the one before, and where no change may be
    (f"update {SCORES} set nps_change = nps_change + 1e-6 where {CHANGED}", "nps_change"),
    (f"update {SCORES} set nps_change = 0 where measure = 'current_state'", "nps_change"),
    # a normal distribution that is off in the eighth place; Bonferroni; no correction where no change is
    (f"update {SCORES} set change_p_value = change_p_value + 1e-8 where {CHANGED}", "change_p_value"),
    (
        f"update {SCORES} set change_q_value = least(1, change_p_value * 5) where {CHANGED}",
        "change_q_value",
    ),
    (f"update {SCORES} set change_q_value = 1 where nps_change is null", "change_q_value"),
    # scorecards: another figure, compared with the company that the branch is in, not pooled at all,
    # ranked by the score alone
    (f"update {CARDS} set company_nps = company_nps + 1", "company_nps"),
    (f"update {CARDS} set nps_high = nps_high + 1", "nps_high"),
    (f"update {CARDS} set period_start = period_start + 1", "responses"),
    (f"delete from {CARDS} where branch = 'Unassigned'", "responses"),
    (f"insert into {CARDS} select * from {CARDS} limit 1", "responses"),
    (f"insert into {SCORES} select * from {SCORES} limit 1", "responses"),
    (f"update {CARDS} set comparison_p_value = comparison_p_value + 1e-6", "comparison_p_value"),
    (f"update {CARDS} set comparison_q_value = comparison_p_value", "comparison_q_value"),
    (
        f"update {CARDS} set comparison_p_value = 1 where branch = 'Unassigned'",
        "comparison_p_value",
    ),
    (f"update {CARDS} set pooled_nps = nps where pooled_nps is not null", "pooled_nps"),
    (f"update {CARDS} set pooled_low = pooled_low - 1e-6", "pooled_low"),
    (f"update {CARDS} set pooled_high = null where branch = 'B1'", "pooled_high"),
    (f"update {CARDS} set best_rank = 2 where branch = 'B1'", "best_rank"),
    (f"update {CARDS} set worst_rank = 1 where branch = 'Unassigned'", "worst_rank"),
    (f"update {CARDS} set standing = 'below' where branch = 'B1'", "standing"),
    # why the score changed
    (f"update {CHANGES} set movement = mix, mix = movement where segment = 'company'", "movement"),
    (f"update {CHANGES} set invited_mix = answered_mix, answered_mix = invited_mix", "invited_mix"),
    (f"update {CHANGES} set mix_low = mix_low - 1e-6 where mix_low is not null", "mix_low"),
    (f"update {CHANGES} set contribution_rank = 1 where contribution_rank = 2", "contribution_rank"),
    (f"update {CHANGES} set region = '(all)' where segment = 'region'", "region"),
    (f"delete from {CHANGES} where member = '(others)'", "contribution"),
    ("delete from publication.response_dispositions where disposition = 'unanswered'", "answers"),
    ("delete from publication.response_dispositions where disposition = 'quarantined'", "answers"),
    (f"update {ANSWERS} set disposition = 'off_scale' where answer_key = {ONE}", "disposition"),
    (f"delete from {ANSWERS} where answer_key = {ONE}", "row"),
    (f"insert into {ANSWERS} select * from {ANSWERS} limit 1", "row"),
    (
        f"insert into {ANSWERS} select * replace ('files:X' as answer_key) from {ANSWERS} limit 1",
        "row",
    ),
    (f"update {ANSWERS} set nps_band = null where answer_key = {ONE}", "nps_band"),
    (f"update {ANSWERS} set person_key = 'c1' where answer_key = {ONE}", "person"),
    # revenue, attributes and branch as of the answer
    (
        f"update {ANSWERS} set customer_value_tier = 'core' where answer_key = {ONE}",
        "customer_value_tier",
    ),
    (f"update {ANSWERS} set journey_stage = 'onboarding' where answer_key = {ONE}", "journey_stage"),
    (f"update {ANSWERS} set region = 'West' where answer_key = {ONE}", "region"),
    ("update raw_files.crm_accounts set plan = 'P9'", "plan"),
    (
        "update raw_files.billing_invoices set net_amount = 99999 where net_amount > 1e5",
        "customer_value_tier",
    ),
    ("delete from raw_files.surveys_erasures", "disposition"),
    # as of sending, and as of the day: today's attributes, an answer that was none, cents
    (f"update {INVITED} set plan = 'P9' where plan = 'P1'", "plan"),
    (f"update {INVITED} set customer_value_tier = 'core' where is_answered", "customer_value_tier"),
    (f"update {INVITED} set is_answered = true", "is_answered"),
    (f"update {INVITED} set is_delivered = true", "is_delivered"),
    (f"delete from {INVITED} where invitation_key = 'files:j5'", "row"),
    (f"update {SCORES} set answered_invitations = 1 where segment = 'plan'", "answered_invitations"),
    (f"update {SCORES} set delivered_invitations = 1 where segment = 'plan'", "delivered_invitations"),
    (f"update {SCORES} set response_rate = null where segment = 'branch'", "response_rate"),
    # the customer base, whatever the segment
    (
        f"update {SCORES} set revenue_coverage = revenue_coverage + 1e-6 where segment like 'branch*%'",
        "revenue_coverage",
    ),
    (f"update {SCORES} set revenue_coverage = 0 where segment = 'channel'", "revenue_coverage"),
    (f"update {SCORES} set post_stratified_nps = nps where segment = 'region'", "post_stratified_nps"),
    (f"update {SCORES} set post_stratified_nps = null where segment = 'plan'", "post_stratified_nps"),
    (
        f"update {SCORES} set effective_responses = responses where segment = 'journey_stage'",
        "effective_responses",
    ),
    (f"update {SCORES} set stratified_share = 0.5 where measure = 'current_state'", "stratified_share"),
    (f"update {ANSWERS} set account_key = 'a49' where answer_key = {ONE}", "account"),
    (f"update {ANSWERS} set trailing_revenue_amount = trailing_revenue_amount + 0.0001", REVENUE),
    (f"update {STANDINGS} set trailing_revenue_amount = trailing_revenue_amount - 0.01", REVENUE),
    (f"update {STANDINGS} set branch = 'B3', region = 'South' where branch = 'B1'", "branch"),
    (f"delete from {STANDINGS} where standing_date = date '2026-03-01'", "row"),
    # dimensions that no figure is counted under
    ("update marts.dim_accounts set account_name = 'Acme' where account_key = 'a7'", "account_name"),
    (
        "update marts.dim_accounts set merged_account_count = 1 where account_key = 'a7'",
        "merged_account_count",
    ),
    ("update marts.dim_account_versions set valid_from = '2026-01-01' where account_key = 'a7'", "row"),
    (
        "insert into marts.dim_account_versions by name"
        " select * replace (timestamp '2026-01-01' as valid_from, 'P9' as plan)"
        " from marts.dim_account_versions where account_key = 'a7'",
        "row",
    ),
    ("update marts.dim_contacts set account_key = 'a7' where contact_key = 'c1'", "account_key"),
    ("insert into marts.dim_contacts select * from marts.dim_contacts limit 1", "row"),
    ("insert into marts.dim_employees values ('u1', 'crm', 'U1', 'Ada', null, true)", "row"),
    ("update marts.dim_dates set calendar_quarter = 1 where date_day = '2026-04-01'", "calendar_quarter"),
    ("delete from marts.dim_dates where date_day = '2027-12-31'", "row"),
    # a line that takes out more than its reason, a score of all answers, a rounded one that is not
    (f"update {BRIDGE} set answers = answers + 1 where line_name = 'unanswered'", "answers"),
    (f"delete from {BRIDGE} where line_name = 'superseded'", "answers"),
    (f"update {BRIDGE} set promoters = promoters + 1, passives = passives - 1", "promoters"),
    (
        f"update {BRIDGE} set nps = 100.0 * (promoters - detractors) / answers"
        " where line_name = 'preview_or_test'",
        "nps",
    ),
    # what few people said, by the line before them
    (f"update {BRIDGE} set passives = 8 where kind = 'received' and {HIDDEN}", "passives"),
    (f"update {BRIDGE} set reportability = 'indicative' where kind = 'beside' and {HIDDEN}", "reportability"),
    (f"update {BRIDGE} set nps = nps + 0.0001 where line_name = 'rounded'", "nps"),
    (f"update {BRIDGE} set detractors = 1 where reportability = 'suppressed'", "detractors"),
    (f"update {BRIDGE} set survey_id = 'SV_Support0000001' where survey_id <> '(all)'", "answers"),
    (f"update {BRIDGE} set survey_type = '(none)' where line_name = 'preview_or_test'", "answers"),
    (f"update {BRIDGE} set period_end = period_end + 1", "period_end"),
    # beside it: the score itself, and too few accounts
    (
        f"update {BRIDGE} as b set nps = s.nps from {BRIDGE} as s where b.kind = 'beside'"
        " and s.kind = 'published' and s.source = '(all)' and s.nps is not null"
        " and s.survey_type = b.survey_type and s.period_start = b.period_start",
        "nps",
    ),
    (
        f"update {BRIDGE} set reportability = 'reportable' where line_name = 'account_weighted'",
        "reportability",
    ),
    (f"delete from {BRIDGE} where line_name = 'revenue_weighted'", "answers"),
    # what the bridge is counted from: scores of answers that do not count
    (f"update {ANSWERS} set score = 9 where disposition = 'preview_or_test'", "score"),
    # another score of the same band: the distribution is read too
    (f"update {ANSWERS} set likelihood_score = 3 where likelihood_score = 2", "score"),
    (f"update {ANSWERS} set survey_id = 'SV_Relationship001' where source = 'qualtrics'", "survey"),
]
