"""HubSpot's names of stages: options of the property of companies, and pipelines of deals and tickets.

An option's value is what companies have, its label what people read. Ids of pipeline stages are numbers, or
names in the pipeline that each account begins with.

Belongs here: the stages. Does not belong here: routes (`demo.vendors.hubspot`).
"""

_STAGES = ("onboarding", "adoption", "support", "branch_visit", "renewal")
_MOMENT = "2023-01-02T08:00:00.000Z"


def options(name: str) -> list[dict[str, object]]:
    """The options of a property of companies; of most there are none."""
    if name != "lifecyclestage":
        return []
    return [
        {"label": value.capitalize(), "value": value, "displayOrder": place, "hidden": False}
        for place, value in enumerate(_STAGES)
    ]


def _pipeline(pipeline: str, label: str, stages: dict[str, str]) -> dict[str, object]:
    moments = {"createdAt": _MOMENT, "updatedAt": _MOMENT, "archived": False}
    listed = [
        {"id": stage, "label": name, "displayOrder": place, "metadata": {"isClosed": "false"}, **moments}
        for place, (stage, name) in enumerate(stages.items())
    ]
    return {"id": pipeline, "label": label, "displayOrder": 0, "stages": listed, **moments}


PIPELINES = {
    "deals": [
        _pipeline("default", "Sales", {"appointmentscheduled": "Onboarding", "148293001": "Adoption"}),
        _pipeline("751002", "Renewals", {"148293002": "Renewal"}),
    ],
    "tickets": [_pipeline("0", "Support", {"1": "New", "4": "Closed"})],
}
