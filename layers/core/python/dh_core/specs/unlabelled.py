"""A result without the label that people see or hear, as 标识办法, article 9, allows.

The provider may give one to a user who asks and who has agreed to label it and to answer for its
use, and keeps a log of it for at least six months. The label in the metadata stays.
"""

from pydantic import Field

from dh_core.field_rules import StrictModel
from dh_core.specs.consent import Line


class Unlabelled(StrictModel):
    """Under which agreement. Refused unless the operator allows it (ALLOW_UNLABELLED)."""

    agreement: Line = Field(
        description="The agreement by which the user labels the result and answers for its use: "
        "its number, version or date; kept for CONSENT_RETENTION_DAYS"
    )
