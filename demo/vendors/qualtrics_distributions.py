"""Qualtrics' distributions and their histories, rendered from the company's invitations.

Belongs here: the fields of a distribution and of a line of its history. Does not belong here: routes and
paging (`demo.vendors.qualtrics`).
"""

from datetime import datetime

from demo.vendors.records import Records, Rendered, naive, visible

_STATUS = """
case status
    when 'sent' then 'Success' when 'bounced' then 'HardBounce' when 'opened' then 'Opened'
    when 'started' then 'SurveyStarted' when 'finished' then 'SurveyFinished' when 'failed' then 'Failure'
    when 'blocked' then 'Blocked' when 'skipped' then 'Skipped' when 'duplicate' then 'Duplicate'
    when 'lost' then 'Unknown' else status
end
"""

_HISTORY_LINE = f"""
'{{' || member('id', invitation_id) || ',' || member('contactId', contact_id)
|| ',' || member('contactLookupId', 'CGC_' || substr(md5(contact_id), 1, 15))
|| ',' || member('distributionId', distribution_id) || ',' || member('status', {_STATUS})
|| ',' || member('surveyLink', 'https://demo.invalid/jfe/form/' || survey_id || '?Q_DL=' || invitation_id)
|| ',"contactFrequencyRuleId":null,' || member('responseId', response_id)
|| ',' || member('responseStartedAt', iso(started_at))
|| ',' || member('responseCompletedAt', iso(finished_at))
|| ',' || member('sentAt', iso(sent_at)) || ',' || member('openedAt', iso(opened_at))
|| ',"surveySessionId":null,"contact":{{' || member('email', email) || '}}'
|| ',' || member('distributionChannel', channel) || '}},'
"""

_DISTRIBUTION = """
'{' || member('id', distribution_id) || ',"parentDistributionId":null,"requestType":"Invite"'
|| ',"requestStatus":"Done",' || member('sendDate', iso(sent)) || ',' || member('createdDate', iso(sent))
|| ',' || member('modifiedDate', iso(modified))
|| ',"surveyLink":{' || member('surveyId', survey_id) || ',"linkType":"Individual"},"stats":{'
|| member('sent', lines) || ',' || member('failed', failed)
|| ',' || member('started', started) || ',' || member('bounced', bounced)
|| ',' || member('opened', opened) || ',' || member('skipped', skipped) || ',' || member('finished', finished)
|| ',"complaints":0,' || member('blocked', blocked) || '}},'
"""

_DISTRIBUTIONS = f"""
with distributions as (
    select
        distribution_id, survey_id, min(sent_at) as sent, max(visible_at) as modified, count(*) as lines,
        count(*) filter (where status in ('started', 'finished')) as started,
        count(*) filter (where status = 'bounced') as bounced,
        count(*) filter (where status in ('failed', 'duplicate')) as failed,
        count(*) filter (where status = 'skipped') as skipped,
        count(*) filter (where status = 'blocked') as blocked,
        count(opened_at) as opened, count(*) filter (where status = 'finished') as finished
    from {visible("invitations")}
    where survey_id = $survey_id
    group by distribution_id, survey_id
)
select distribution_id as id, {_DISTRIBUTION} as text from distributions order by sent, distribution_id
"""

_SHELF = f"""
select distribution_id as id, {_HISTORY_LINE} as text
from {visible("invitations")}
where shelf = $shelf
order by distribution_id, sent_at, invitation_id
"""


class Distributions:
    """The distributions of the company's surveys, as they are at a moment."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._shelves = records.pairs("select distinct distribution_id, shelf from invitations")

    def of_survey(self, survey_id: str, now: datetime) -> Rendered:
        """The survey's distributions, the first sent first."""
        return self._records.render(_DISTRIBUTIONS, {"survey_id": survey_id, "now": naive(now)})

    def history(self, distribution_id: str, now: datetime) -> tuple[Rendered, int, int] | None:
        """The rows of a distribution's history: where they are and from which row to which (exclusive)."""
        shelf = self._shelves.get(distribution_id)
        rendered = self._records.render(_SHELF, {"shelf": shelf, "now": naive(now)})
        run = rendered.runs.get(distribution_id)
        return None if run is None else (rendered, *run)
