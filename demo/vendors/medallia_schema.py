"""The part of Medallia's GraphQL schema that a survey loader needs, and the fields of the simulated company.

Types and arguments as the Query API's documentation and introspection have them. What a loader does not
need is left out, so a query that asks for it is refused as a real one with a slip is.

Belongs here: types, fields, filters and orders. Does not belong here: HTTP (`medallia.py`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLSchema, build_schema

from demo.company.surveys import RECOMMEND, SURVEYS

SCHEMA: GraphQLSchema = build_schema(
    """
    type Query {
      feedback(ids: [ID!], filter: Filter, first: Int!, after: ID, orderBy: [RecordOrder]):
        FeedbackConnection!
      fields(ids: [ID!], q: String, dataTypes: [DataType!], first: Int!, after: ID, filterable: Boolean):
        FieldConnection
      rateLimit: RateLimit
    }
    type RateLimit { cost: Int }
    type PageInfo { endCursor: ID hasNextPage: Boolean! }
    type FeedbackConnection { totalCount: Int! pageInfo: PageInfo! nodes: [Feedback!]! }
    type Feedback { id: ID! fieldData(fieldId: ID!): FieldData }
    type FieldData { values: [String] }
    type FieldConnection { totalCount: Int! pageInfo: PageInfo! nodes: [Field!]! }
    interface Field { id: ID! name: String dataType: DataType valueType: ValueType filterable: Boolean! }
    type PlainField implements Field {
      id: ID! name: String dataType: DataType valueType: ValueType filterable: Boolean!
    }
    type EnumField implements Field {
      id: ID! name: String dataType: DataType valueType: ValueType filterable: Boolean! options: [Option!]
    }
    type Option { id: ID! name: String }
    enum DataType { DATE DATETIME TIME EMAIL ENUM STRING UNIT URL INT FLOAT }
    enum ValueType { SINGLE_VALUED MULTI_VALUED RANKING NO_VALUE }
    enum Direction { ASC DESC }
    input RecordOrder { fieldId: ID! direction: Direction }
    input Filter {
      and: [Filter!] or: [Filter!] fieldIds: [ID!] isNull: Boolean
      in: [String!] gt: String gte: String lt: String lte: String
    }
    """
)


@dataclass(frozen=True)
class CompanyField:
    """A field of the company; `options` are id and name."""

    name: str
    kind: str
    options: tuple[tuple[str, str], ...] = ()

    @property
    def filterable(self) -> bool:
        """Text that people wrote, and addresses, can not be filtered by."""
        return self.kind in ("ENUM", "DATETIME", "INT", "UNIT")

    def key(self, value: str) -> Any:
        """What values are compared by."""
        return int(value) if self.kind == "INT" else value


#: The ids of a scale's options are places, and what people saw are their names.
SCALE = tuple(
    (str(number + 1), {0: "0 - Not at all likely", 10: "10 - Extremely likely"}.get(number, str(number)))
    for number in range(11)
)
PROGRAMS = tuple((str(at + 1), survey.name) for at, survey in enumerate(SURVEYS))
FIELDS: Mapping[str, CompanyField] = {
    "a_surveyid": CompanyField("Survey ID", "INT"),
    "e_responsedate": CompanyField("Response date", "DATETIME"),
    "e_lastupdated": CompanyField("Last updated", "DATETIME"),
    "e_program": CompanyField("Program", "ENUM", PROGRAMS),
    "q_recommend": CompanyField(RECOMMEND, "ENUM", (*SCALE, ("12", "N/A"))),
    "q_ease": CompanyField("How easy was it to get your case solved?", "INT"),
    "q_recommend_why": CompanyField("Why?", "STRING"),
    "e_invitation_id_txt": CompanyField("Invitation", "STRING"),
    "e_account_id_txt": CompanyField("Account", "STRING"),
    "e_contact_id_txt": CompanyField("Contact", "STRING"),
    "e_email": CompanyField("E-mail", "EMAIL"),
    "e_branch_id_txt": CompanyField("Branch", "STRING"),
    "e_event_datetime": CompanyField("Event", "DATETIME"),
    "e_employee_id_txt": CompanyField("Employee", "STRING"),
    "e_device_id_txt": CompanyField("Device", "STRING"),
}

Node = dict[str, Any]
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": lambda own, asked: own > asked,
    "gte": lambda own, asked: own >= asked,
    "lt": lambda own, asked: own < asked,
    "lte": lambda own, asked: own <= asked,
}


def known(field_id: str) -> CompanyField:
    """A field by its id; an unknown one is an error of the query."""
    if field_id not in FIELDS:
        raise GraphQLError(f"Invalid field id: {field_id}")
    return FIELDS[field_id]


def fits(node: Node, asked: Mapping[str, Any] | None) -> bool:
    """Whether a record fits a filter."""
    if not asked:
        return True
    said = dict(asked)
    parts = [all(fits(node, each) for each in said.pop("and"))] if "and" in said else []
    parts += [any(fits(node, each) for each in said.pop("or"))] if "or" in said else []
    fields = said.pop("fieldIds", [])
    if bool(fields) is not bool(said):
        raise GraphQLError("A filter compares fieldIds, and nothing without them")
    return all(parts) and all(_compares(node, field_id, said) for field_id in fields)


def _compares(node: Node, field_id: str, said: Mapping[str, Any]) -> bool:
    field = known(field_id)
    if not field.filterable:
        raise GraphQLError(f"Field is not filterable: {field_id}")
    own = node.get(field_id)
    for operator, asked in said.items():
        if operator == "isNull":
            holds = (own is None) is asked
        elif operator == "in":
            holds = own in asked
        else:
            holds = own is not None and _COMPARED[operator](field.key(own), field.key(asked))
        if not holds:
            return False
    return True


def ordered(nodes: list[Node], orders: list[Mapping[str, Any]] | None) -> list[Node]:
    """Records in the order asked for; those without a value come first."""
    for order in reversed(orders or []):
        field_id = order["fieldId"]
        field = known(field_id)

        def key(node: Node, name: str = field_id, of: CompanyField = field) -> tuple[bool, Any]:
            return (False, 0) if node.get(name) is None else (True, of.key(node[name]))

        nodes = sorted(nodes, key=key, reverse=order.get("direction") == "DESC")
    return nodes
