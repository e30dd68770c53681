"""What must be true of Qualtrics' raw answers alone."""

from __future__ import annotations

from expectations.offending_rows import ExpectNoOffendingRows, offending


class ExpectAnswersToNameTheirQuestion(ExpectNoOffendingRows):
    """A record is one response's answer to one question."""

    description: str = "record_id is response_id:question_id, or response_id:round_question_id in a loop"
    unexpected_rows_query: str = offending("""
        select record_id, response_id, question_id
        from checked
        where
            case
                when record_id = response_id || ':' || question_id then false
                else not coalesce(
                    record_id = response_id || ':' || split_part(record_id, ':', -1)
                    and regexp_full_match(
                        split_part(record_id, ':', -1), 'x?[0-9]+_' || regexp_escape(question_id)
                    ),
                    false
                )
            end
    """)
